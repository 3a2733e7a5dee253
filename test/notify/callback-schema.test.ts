import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { callbackSchema } from '../../src/notify/callback-payload.ts';
import { SETTINGS } from '../../src/notify/settings.ts';

const docs = (name: string) => readFile(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

test('docs/callback.schema.json is what the program keeps to', async () => {
  // where this fails, the right side of the difference is what belongs in the file
  expect(JSON.parse(await docs('callback.schema.json'))).toEqual(z.toJSONSchema(callbackSchema, { io: 'input' }));
});

test('docs/integrations.md names every setting and every event', async () => {
  const text = await docs('integrations.md');
  for (const name of Object.values(SETTINGS)) expect(text).toContain(name);
  for (const event of callbackSchema.shape.event.options) expect(text).toContain(`\`${event}\``);
  for (const field of Object.keys(callbackSchema.shape)) expect(text).toContain(`\`${field}\``);
});
