import { ConnectionError } from './api.ts';
import { errorText } from './words.ts';

export interface Secrets {
  /** The Authorization header, where there is one; lower-case names. */
  headers: Readonly<Record<string, string>>;
  tls: { ca: string | undefined; cert: string | undefined; key: string | undefined };
}

export interface CredentialSource {
  read(): Promise<Secrets>;
  /** Forgets tokens that were got before. */
  renew(): void;
}

/** Tokens are asked for again after this long; the source itself keeps those of plugins until they expire. */
const KEEP_MS = 10_000;
/** A plugin that opens a browser and waits must not hang us for ever. */
const PATIENCE_MS = 60_000;

/** Credentials for all calls together: however many calls are under way, a plugin runs once. */
export class Credentials {
  readonly #source: CredentialSource;
  #reading: Promise<Secrets> | null = null;
  #had: { secrets: Secrets; at: number } | null = null;
  #version = 0;

  constructor(source: CredentialSource) {
    this.#source = source;
  }

  /** @throws ConnectionError where they cannot be had; never with a secret in its message */
  async get(): Promise<{ secrets: Secrets; version: number }> {
    // of what was asked for: while it is on its way, it may be refused already
    const version = this.#version;
    if (this.#had && performance.now() - this.#had.at < KEEP_MS) return { secrets: this.#had.secrets, version };
    if (this.#reading === null) {
      const reading = this.#read(version).finally(() => {
        if (this.#reading === reading) this.#reading = null;
      });
      this.#reading = reading;
    }
    return { secrets: await this.#reading, version };
  }

  /** The server refused those of `version`: get new ones, unless another call has done so meanwhile. */
  refused(version: number): void {
    if (version !== this.#version) return;
    this.#version += 1;
    this.#had = null;
    this.#reading = null;
    this.#source.renew();
  }

  async #read(version: number): Promise<Secrets> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => late.reject(new Error(`no answer within ${PATIENCE_MS / 1000} s`)), PATIENCE_MS);
    try {
      const secrets = await Promise.race([this.#source.read(), late.promise]);
      if (version === this.#version) this.#had = { secrets, at: performance.now() };
      return secrets;
    } catch (error) {
      throw new ConnectionError(`cannot get the credentials that the kubeconfig names: ${reason(error)}`);
    } finally {
      clearTimeout(timer);
    }
  }
}

function reason(error: unknown): string {
  // V8 quotes the text it cannot parse, and here that text may be a token
  if (error instanceof SyntaxError) return 'the credential plugin did not print an ExecCredential';
  const words = errorText(error);
  const missing = /^spawn (.+) ENOENT$/.exec(words);
  if (missing) return `the credential plugin ${missing[1]} is not installed, or not in PATH`;
  return words === '' ? 'the credential plugin failed without a word' : words.slice(-400);
}
