import fc from 'fast-check';
import { isObject, type Json } from '../../src/rollout/json.ts';

/** One field of a document made wrong: which, counted through all of them, and how. */
export interface Mutation {
  at: number;
  how: 'without' | 'other';
  value: Json;
}

/** What a field may be instead: wrong types, values at the edges, and text that no terminal should see. */
const values: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(null, true, false, 0, -1, 1.5, 2 ** 53, 1e308, '', 'x', [], {}, [null], [{}], { a: null }),
  fc.constantFrom<Json>('\u001b[2J\u001b]0;x\u0007', 'a\nb\tc\r', '\u202e\u2066', '__proto__', '99999999999999999999'),
  fc.constantFrom<Json>(
    '9999-99-99T99:99:99Z',
    '0001-01-01T00:00:00Z',
    '-5%',
    '1e9',
    '300%',
    '-1s',
    '9007199254740993s',
  ),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.integer(),
  fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>,
);

/** One to four fields wrong at the same time. */
export const mutations: fc.Arbitrary<Mutation[]> = fc.array(
  fc.record({ at: fc.nat({ max: 10_000 }), how: fc.constantFrom('without', 'other', 'other'), value: values }),
  { minLength: 1, maxLength: 4 },
);

/** A copy with the mutations done one after the other. */
export function mutated(document: Json, list: readonly Mutation[]): Json {
  let copy = structuredClone(document);
  for (const { at, how, value } of list) {
    const places = placesOf(copy);
    const place = places[at % places.length];
    if (place === undefined) copy = value;
    else if (how === 'other') put(place, structuredClone(value));
    else if (Array.isArray(place.holder)) place.holder.splice(Number(place.key), 1);
    else delete place.holder[place.key];
  }
  return copy;
}

interface Place {
  holder: { [key: string]: Json } | Json[];
  key: string;
}

function put({ holder, key }: Place, value: Json): void {
  if (Array.isArray(holder)) holder[Number(key)] = value;
  else holder[key] = value;
}

function placesOf(value: Json): Place[] {
  if (Array.isArray(value))
    return value.flatMap((item, index) => [{ holder: value, key: String(index) }, ...placesOf(item)]);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => [{ holder: value, key }, ...placesOf(item)]);
}

/** Text that was cut, doubled or overwritten somewhere: what is left of a document after an accident. */
export interface Scar {
  at: number;
  length: number;
  text: string;
}

export const scars: fc.Arbitrary<Scar> = fc.record({
  at: fc.nat({ max: 5_000 }),
  length: fc.nat({ max: 40 }),
  text: fc.oneof(
    fc.constant(''),
    fc.constantFrom(
      '{',
      ']',
      ': ',
      '\n',
      '"',
      '- ',
      '&a *a',
      '!!binary x',
      '\u0000',
      '\t',
      '---\n',
      '<<: *x',
      '\ufeff',
    ),
    fc.string({ unit: 'binary', maxLength: 8 }),
  ),
});

export function scarred(text: string, { at, length, text: other }: Scar): string {
  const from = text.length === 0 ? 0 : at % text.length;
  return text.slice(0, from) + other + text.slice(from + length);
}
