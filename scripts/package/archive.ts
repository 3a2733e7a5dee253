import { writeFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { pack } from 'tar-stream';

export interface Entry {
  /** Relative, with '/' between folders. */
  name: string;
  content: Uint8Array;
  executable: boolean;
}

/**
 * Writes regular files into a .tar.gz or .zip, as its name says: sorted, with one owner and one time, so that the same
 * entries always give the same bytes.
 * @param mtime of every entry; a zip has none before 1980, nor odd seconds
 */
export async function writeArchive(path: string, entries: readonly Entry[], mtime: Date): Promise<void> {
  const sorted = entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  await writeFile(path, path.endsWith('.zip') ? zip(sorted, mtime) : await tarGz(sorted, mtime));
}

function zip(entries: readonly Entry[], mtime: Date): Uint8Array {
  // a zip holds local time: the same everywhere only if the offset is taken out
  const local = new Date(mtime.getTime() + mtime.getTimezoneOffset() * 60_000);
  return zipSync(
    Object.fromEntries(
      entries.map(({ name, content, executable }) => [
        name,
        // 3: made on Unix, so that the mode is read
        [content, { os: 3, attrs: (0o100000 | modeOf(executable)) << 16, mtime: local, level: 9 }],
      ]),
    ),
  );
}

async function tarGz(entries: readonly Entry[], mtime: Date): Promise<Uint8Array> {
  const tar = pack();
  for (const { name, content, executable } of entries) {
    tar.entry({ name, mode: modeOf(executable), mtime, uid: 0, gid: 0 }, Buffer.from(content));
  }
  tar.finalize();
  return gzipSync(await buffer(tar), { level: 9 });
}

function modeOf(executable: boolean): number {
  return executable ? 0o755 : 0o644;
}
