import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const REPOSITORY = resolve(import.meta.dirname, '..');

/** What tests need of the repository. */
const PARTS = [
  'src',
  'test',
  'scripts',
  'plugin-manifest',
  'docs',
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
];

/** One change of one file. `search` is found in it once. */
export interface Change {
  file: string;
  search: string;
  replacement: string;
}

/** What came of the tests: `failed` names those that did not pass, `broken` says why none ran. */
export interface Outcome {
  passed: number;
  failed: string[];
  broken: string | null;
}

/** A copy of the sources in a temporary folder, to be changed and tested; the tree itself is never touched. */
export class MutatedCopy implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'bedrock-mutated-'));

  constructor() {
    for (const part of PARTS) cpSync(join(REPOSITORY, part), join(this.folder, part), { recursive: true });
    symlinkSync(join(REPOSITORY, 'node_modules'), join(this.folder, 'node_modules'));
  }

  /**
   * Runs tests with one change made, and takes the change back.
   * @param filters as of vitest: parts of the paths of test files
   * @throws Error where `search` is not found exactly once
   */
  test(change: Change | null, filters: readonly string[]): Promise<Outcome> {
    return change === null ? this.#run(filters) : this.with(change, () => this.#run(filters));
  }

  /**
   * Makes one change, runs, and takes the change back.
   * @throws Error where `search` is not found exactly once
   */
  async with<T>(change: Change, run: () => Promise<T>): Promise<T> {
    const path = join(this.folder, change.file);
    const source = readFileSync(path, 'utf8');
    const found = source.split(change.search).length - 1;
    if (found !== 1) throw new Error(`${change.file} has ${JSON.stringify(change.search)} ${found} times, not once`);
    writeFileSync(
      path,
      source.replace(change.search, () => change.replacement),
    );
    try {
      return await run();
    } finally {
      writeFileSync(path, source);
    }
  }

  #run(filters: readonly string[]): Promise<Outcome> {
    const report = join(this.folder, 'report.json');
    rmSync(report, { force: true });
    const program = join(REPOSITORY, 'node_modules/vitest/vitest.mjs');
    const args = [program, 'run', ...filters, '--reporter=json', `--outputFile=${report}`];
    return new Promise((resolve) => {
      execFile(process.execPath, args, { cwd: this.folder, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
        resolve(outcomeOf(report, `${error?.message ?? ''}\n${stdout}\n${stderr}`));
      });
    });
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

interface Report {
  numPassedTests: number;
  testResults: { message: string; assertionResults: { status: string; fullName: string }[] }[];
}

function outcomeOf(report: string, said: string): Outcome {
  try {
    const { numPassedTests, testResults }: Report = JSON.parse(readFileSync(report, 'utf8'));
    const results = testResults.flatMap(({ assertionResults }) => assertionResults);
    const failed = results.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName);
    if (results.length > 0) return { passed: numPassedTests, failed, broken: null };
    return { passed: 0, failed: [], broken: testResults.map(({ message }) => message).join('\n') || said };
  } catch {
    return { passed: 0, failed: [], broken: said };
  }
}
