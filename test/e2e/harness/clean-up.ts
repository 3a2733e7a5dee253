const running = new Set<() => Promise<void>>();

/** Has `end` called after the test, unless the returned function was called before. */
export function endAfterTest(end: () => Promise<void>): () => void {
  running.add(end);
  return () => running.delete(end);
}

/** Ends everything that this file's tests have started and not ended themselves. */
export async function endAll(): Promise<void> {
  const ends = [...running];
  running.clear();
  await Promise.all(ends.map((end) => end()));
}
