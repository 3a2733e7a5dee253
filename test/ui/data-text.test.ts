import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { jsonText, yamlText } from '../../src/ui/data-text.ts';

const VALUES = [
  'plain',
  'a: b',
  '\u001b[2J\u009b1A',
  '\u202eowned\u2066',
  '\u{e0041}',
  'line\nbreak \u2028',
  '',
  'é 日本 😀',
];

test.each(VALUES)('%j is told whole, and steers nothing', (value) => {
  const data = { metadata: { annotations: { note: value } }, list: [value, 1, null] };
  expect(JSON.parse(jsonText(data))).toEqual(data);
  expect(parse(yamlText(data))).toEqual(data);
  for (const text of [jsonText(data), yamlText(data)]) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: to find them is the purpose
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]|\udb40/);
  }
});

test('YAML stays as it is where nothing has to be escaped', () => {
  expect(yamlText({ a: 'b', c: [1] })).toBe('a: b\nc:\n  - 1');
});
