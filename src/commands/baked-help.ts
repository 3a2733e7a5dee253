/**
 * The help of each command by its name ('' for the whole program), filled in by scripts/bundle.ts; null where the sources
 * run unbundled.
 */
export const BAKED_HELP: Readonly<Record<string, string>> | null = null;
