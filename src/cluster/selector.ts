import type { Json, JsonObject } from '../rollout/json.ts';
import { listAt, objectAt, textAt } from './fields.ts';
import { MalformedError } from './shapes.ts';

/**
 * spec.selector (metav1.LabelSelector) as the query parameter labelSelector.
 * @param spec of a set or a budget
 * @throws MalformedError where a label's value is no text
 */
export function selectorText(spec: Json | undefined): string {
  const labels = Object.entries(objectAt(spec, 'selector', 'matchLabels')).map(([key, value]) => {
    if (typeof value !== 'string') throw new MalformedError(`spec.selector.matchLabels.${key} is no text`);
    return `${key}=${value}`;
  });
  const expressions = listAt(spec, 'selector', 'matchExpressions').map((expression) => {
    const key = textAt(expression, 'key');
    const values = valuesOf(expression).join(',');
    switch (textAt(expression, 'operator')) {
      case 'In':
        return `${key} in (${values})`;
      case 'NotIn':
        return `${key} notin (${values})`;
      case 'DoesNotExist':
        return `!${key}`;
      default:
        return key;
    }
  });
  return [...labels, ...expressions].join(',');
}

/** Whether spec.selector matches these labels; an empty selector matches all (policy/v1). */
export function selects(spec: Json | undefined, labels: JsonObject): boolean {
  const equal = Object.entries(objectAt(spec, 'selector', 'matchLabels')).every(
    ([key, value]) => labels[key] === value,
  );
  return equal && listAt(spec, 'selector', 'matchExpressions').every((expression) => satisfies(expression, labels));
}

function satisfies(expression: JsonObject, labels: JsonObject): boolean {
  const value = labels[textAt(expression, 'key')];
  switch (textAt(expression, 'operator')) {
    case 'In':
      return value !== undefined && valuesOf(expression).includes(value);
    case 'NotIn':
      return value === undefined || !valuesOf(expression).includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}

function valuesOf(expression: JsonObject): Json[] {
  return Array.isArray(expression.values) ? expression.values : [];
}
