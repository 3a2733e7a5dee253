import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { Found } from '../test/properties/check.ts';
import { MUTANTS, type Mutant } from '../test/properties/mutants.ts';
import { MutatedCopy } from './mutated.ts';

// `npm run mutants [-- WORD]`: breaks a rule of the engine, one at a time (test/properties/mutants.ts), in a copy of the
// sources, and shows that the properties notice, and which. Ends with 0 only if none survives.

/** The schedules that `npm test` plays, and no others. */
const SEEDS = [1, 2];
const SCHEDULES = 1_000;

/** @returns what breaks, with the number of schedules until then; null where nothing does */
async function hunt(copy: MutatedCopy): Promise<Found | null> {
  for (const [index, seed] of SEEDS.entries()) {
    const found = await soak(copy.folder, seed);
    if (found !== null) return { ...found, after: found.after + index * SCHEDULES };
  }
  return null;
}

function soak(folder: string, seed: number): Promise<Found | null> {
  const args = ['--import', 'tsx', join(folder, 'scripts/soak.ts'), '--json', '--first'];
  args.push('--schedules', String(SCHEDULES), '--seed', String(seed));
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { cwd: folder }, (error, stdout, stderr) => {
      try {
        resolve(JSON.parse(stdout) as Found | null);
      } catch {
        reject(new Error(`${error?.message ?? ''}\n${stderr}`));
      }
    });
  });
}

function verdict({ caughtBy }: Mutant, found: Found | null): { died: boolean; words: string } {
  if (found === null) return { died: false, words: `SURVIVED ${SEEDS.length * SCHEDULES} schedules` };
  const names = [...new Set(found.violations.map((violation) => violation.split(':')[0] ?? ''))];
  const words = `${names.join(', ')} after ${found.after}`;
  const died = caughtBy.some((name) => names.includes(name));
  return { died, words: died ? words : `${words}, NOT ${caughtBy.join(' or ')}` };
}

const word = process.argv[2] ?? '';
const mutants = MUTANTS.filter(({ name }) => name.includes(word));
const width = Math.max(...mutants.map(({ name }) => name.length));
using copy = new MutatedCopy();
let survivors = 0;
for (const mutant of mutants) {
  const { died, words } = verdict(mutant, await copy.with(mutant, () => hunt(copy)));
  if (!died) survivors++;
  console.log(`${mutant.name.padEnd(width)}  ${words}`);
}
console.log(`${mutants.length - survivors} of ${mutants.length} mutants died`);
process.exitCode = survivors > 0 || mutants.length === 0 ? 1 : 0;
