import { MUTATIONS } from '../test/cases/mutations.ts';
import { MutatedCopy } from './mutated.ts';

// `npm run cases:check [-- D01 D05]`: takes out each fix of test/cases/mutations.ts, one at a time, in a copy of the
// sources, and shows that a test of its case fails. Ends with 1 where one does not.

const wanted = process.argv.slice(2);
const mutations = MUTATIONS.filter((mutation) => wanted.length === 0 || wanted.includes(mutation.case));
if (mutations.length === 0) {
  console.error(`no mutation of ${wanted.join(', ')}`);
  process.exit(2);
}

using copy = new MutatedCopy();
const cases = [...new Set(mutations.map((mutation) => mutation.case))];
const whole = await copy.test(
  null,
  cases.map((name) => `test/cases/${name}-`),
);
if (whole.broken !== null || whole.failed.length > 0) {
  console.error('with nothing taken out:', whole.broken ?? whole.failed.join('\n'));
  process.exit(1);
}
console.log(`nothing taken out: ${whole.passed} tests of ${cases.length} cases pass`);

let survivors = 0;
for (const mutation of mutations) {
  const { failed, broken } = await copy.test(mutation, [`test/cases/${mutation.case}-`]);
  const caught = failed.length > 0;
  if (!caught) survivors++;
  const verdict = caught ? `caught by ${failed[0]}` : broken === null ? 'SURVIVED' : `BROKEN ${broken.slice(0, 400)}`;
  console.log(`${mutation.case}  without: ${mutation.without}\n     ${verdict}`);
}
console.log(
  `${mutations.length - survivors} of ${mutations.length} fixes taken out were noticed, ${cases.length} cases`,
);
process.exitCode = survivors > 0 ? 1 : 0;
