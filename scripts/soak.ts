/**
 * Plays random schedules of rollouts, with faults, against every invariant (test/properties).
 *
 *     npm run soak -- --schedules 100000           from a seed that is printed
 *     npm run soak -- --schedules 2000 --seed 7    the same ones each time
 *     npm run soak -- --seed 7 --path 12:0:3       one that failed, with the trace of its requests
 */
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { report, search } from '../test/properties/check.ts';
import { play } from '../test/properties/play.ts';
import { schedules } from '../test/properties/schedule.ts';

const EVERY_MS = 10_000;

const { values } = parseArgs({
  options: {
    schedules: { type: 'string', default: '2000' },
    seed: { type: 'string' },
    path: { type: 'string' },
    first: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const count = wholeNumber('schedules', values.schedules);
const seed = values.seed === undefined ? Date.now() % 2 ** 31 : wholeNumber('seed', values.seed);

function wholeNumber(flag: string, text: string): number {
  if (!/^-?\d+$/.test(text)) throw new Error(`--${flag}: a whole number, not ${text}`);
  return Number(text);
}

/** @returns whether it holds now */
async function replay(path: string): Promise<boolean> {
  const [drawn] = fc.sample(schedules, { seed, path, numRuns: 1 });
  if (drawn === undefined) throw new Error(`--path ${path}: leads nowhere`);
  const { violations, trace } = await play(drawn, true);
  console.log([JSON.stringify(drawn, null, 2), ...trace].join('\n'));
  for (const { invariant, message } of violations) console.log(`\n${invariant}: ${message}`);
  return violations.length === 0;
}

async function soak(): Promise<boolean> {
  const began = Date.now();
  let toldAt = began;
  let done = 0;
  const found = await search({
    schedules: count,
    seed,
    first: values.first,
    played: (played) => {
      done = played;
      if (values.json || Date.now() - toldAt < EVERY_MS) return;
      toldAt = Date.now();
      console.error(`${played} of ${count}, ${Math.round((toldAt - began) / played)} ms each`);
    },
  });
  if (values.json) console.log(JSON.stringify(found));
  else if (found !== null) console.log(report(found));
  else
    console.log(
      `${count} schedules of seed ${seed} in ${Math.round((Date.now() - began) / 1000)} s (${done} played): every invariant holds`,
    );
  return found === null;
}

process.exitCode = (await (values.path === undefined ? soak() : replay(values.path))) ? 0 : 1;
