/**
 * To look at the screen with, without a cluster: `npx tsx test/ui/preview.tsx --pods 60 --steps 25%,100% --bad 40`.
 * The rollout is a story of this script; the keys work.
 */
import { parseArgs } from 'node:util';
import { runJsonl } from '../../src/ui/jsonl.ts';
import { runLine } from '../../src/ui/line.ts';
import { summary } from '../../src/ui/summary.ts';
import { prepareTerminal } from '../../src/ui/terminal.ts';
import { StorySession } from './fake-session.ts';

const { values } = parseArgs({
  options: {
    pods: { type: 'string', default: '16' },
    speed: { type: 'string', default: '3' },
    steps: { type: 'string' },
    bad: { type: 'string' },
    viewer: { type: 'boolean', default: false },
    plan: { type: 'boolean', default: false },
    output: { type: 'string', short: 'o', default: 'tui' },
  },
});

const terminal = prepareTerminal(process.env);
const session = new StorySession({
  pods: Number(values.pods),
  maxUnavailable: values.speed,
  steps: values.steps?.split(','),
  bad: values.bad === undefined ? undefined : Number(values.bad),
  role: values.viewer ? 'viewer' : 'executor',
});
const { promise: ended, resolve: end } = Promise.withResolvers<void>();
const time = setInterval(() => {
  session.advance(Date.now());
  if (session.over) end();
}, 50);
const abort = new AbortController();
// not `once`: Ink's own handler ends the process where it finds nobody else listening
process.on('SIGTERM', () => abort.abort());

if (values.output === 'tui') {
  const { runPlanScreen, runTui } = await import('../../src/ui/tui/index.ts');
  const answer = values.plan ? await runPlanScreen({ plan: examplePlan(), signal: abort.signal, terminal }) : 'start';
  if (answer === 'start') {
    const { left } = await runTui({ session, signal: abort.signal, ended, terminal });
    for (const line of summary(session.live())) console.log(line);
    console.log(`left: ${left}`);
  }
} else {
  const run = values.output === 'line' ? runLine : runJsonl;
  await run({ session, write: (line) => console.log(line), signal: abort.signal, ended, heartbeatMs: 3000 });
}
clearInterval(time);

function examplePlan() {
  return {
    title: 'Roll out sts/web in payments @ prod-eu (https://10.1.2.3)',
    lines: [
      { label: 'app', text: '1.8.2 -> 1.9.0' },
      {
        label: 'order',
        text: `web-${Number(values.pods) - 1} down to web-0, ${values.speed} at once: ${values.pods} pods`,
      },
      { label: 'guard', text: 'held pods stay at 1.8.2 whatever happens · pdb/web allows 3 now' },
    ],
    warnings: ['hpa/web may scale the set meanwhile: it will be waited out'],
  };
}
