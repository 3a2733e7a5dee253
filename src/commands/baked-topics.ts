/** The text of each topic, filled in by scripts/bundle.ts; null where the sources run unbundled. */
export const BAKED_TOPICS: Readonly<Record<string, string>> | null = null;
