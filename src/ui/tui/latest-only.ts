/** Runs one call at a time; of those that come meanwhile, only the last. `run` must not reject. */
export function latestOnly<T>(run: (value: T) => Promise<void>): (value: T) => void {
  let running = false;
  let waiting: { value: T } | null = null;
  const next = async (first: T) => {
    running = true;
    let current: { value: T } | null = { value: first };
    while (current !== null) {
      await run(current.value);
      current = waiting;
      waiting = null;
    }
    running = false;
  };
  return (value) => {
    if (running) waiting = { value };
    else void next(value);
  };
}
