/** The world outside the cluster, as gates and hooks need it: one seam, so that tests script it in virtual time. */
export interface Outside {
  /**
   * One HTTP call; redirects are not followed.
   * @throws where no answer came, or `signal` was aborted
   */
  call(request: OutsideRequest): Promise<OutsideAnswer>;
  /** CONSUL_HTTP_ADDR and its like. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The text of a file that `env` names. */
  readFile(path: string): Promise<string>;
  /** Ends the connections that are kept. */
  close(): void;
}

export interface OutsideRequest {
  method: 'GET' | 'POST';
  url: string;
  headers?: Readonly<Record<string, string>>;
  body?: string;
  tls?: OutsideTls;
  signal: AbortSignal;
}

/** PEM texts. */
export interface OutsideTls {
  ca?: string;
  cert?: string;
  key?: string;
  serverName?: string;
  skipVerify?: boolean;
}

export interface OutsideAnswer {
  status: number;
  /** null where there is none. */
  header(name: string): string | null;
  text: string;
}

/** Time as the API server's clock has it; virtual in simulations. */
export interface Timer {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `run` once, after `ms`; returns what cancels it. */
  after(ms: number, run: () => void): () => void;
}

/**
 * Calls with a limit of time.
 * @param stopped ends the call, too
 * @throws Error "no answer within 5s"; whatever the call throws
 */
export async function within<T>(
  timer: Timer,
  ms: number,
  stopped: AbortSignal,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  let late = false;
  const onStop = () => controller.abort();
  const cancel = timer.after(ms, () => {
    late = true;
    controller.abort();
  });
  stopped.addEventListener('abort', onStop, { once: true });
  if (stopped.aborted) onStop();
  const over = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => reject(new Error('called off')), { once: true });
  });
  try {
    // a call that does not heed its signal must not hold us
    return await Promise.race([call(controller.signal), over]);
  } catch (error) {
    if (late) throw new Error(`no answer within ${Math.round(ms / 100) / 10}s`);
    throw error;
  } finally {
    cancel();
    stopped.removeEventListener('abort', onStop);
  }
}

/** Waits; at once where it is stopped. */
export function pause(timer: Timer, ms: number, stopped: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stopped.aborted) {
      resolve();
      return;
    }
    const end = () => {
      cancel();
      stopped.removeEventListener('abort', end);
      resolve();
    };
    const cancel = timer.after(ms, end);
    stopped.addEventListener('abort', end, { once: true });
  });
}
