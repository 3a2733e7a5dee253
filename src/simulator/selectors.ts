import type { Json, JsonObject } from '../rollout/json.ts';
import { type ApiObject, at, list, nameOf, namespaceOf, objects, text } from './objects.ts';
import { badRequest } from './status.ts';

export type Matcher = (object: ApiObject) => boolean;

const everything: Matcher = () => true;
const nothing: Matcher = () => false;

/** A metav1.LabelSelector. Empty matches nothing here: that is what controllers and budgets of ours need of it. */
export function labelSelectorMatcher(selector: Json | undefined): Matcher {
  const labels = Object.entries(at(selector, 'matchLabels'));
  const expressions = objects(at(selector).matchExpressions);
  if (labels.length === 0 && expressions.length === 0) return nothing;
  return (object) => {
    const has = at(object.metadata.labels);
    return (
      labels.every(([key, value]) => has[key] === value) && expressions.every((expression) => meets(has, expression))
    );
  };
}

function meets(labels: JsonObject, expression: JsonObject): boolean {
  const value = labels[text(expression.key)];
  const values = list(expression.values);
  switch (expression.operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}

/**
 * The `labelSelector` of a query.
 * @throws StatusError 400 where it cannot be read
 */
export function parseLabelSelector(selector: string | undefined): Matcher {
  if (!selector) return everything;
  const requirements = split(selector).map(requirement);
  return (object) => {
    const labels = at(object.metadata.labels);
    return requirements.every((each) => each(labels));
  };
}

/** At commas, but not at those within brackets. */
function split(selector: string): string[] {
  return selector.split(/,(?![^(]*\))/).map((part) => part.trim());
}

function requirement(part: string): (labels: JsonObject) => boolean {
  const set = /^(\S+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(part);
  if (set) {
    const [, key = '', operator, inside = ''] = set;
    const values = inside.split(',').map((value) => value.trim());
    const isIn = (labels: JsonObject): boolean => values.includes(text(labels[key])) && key in labels;
    return operator === 'in' ? isIn : (labels) => !isIn(labels);
  }
  const equality = /^([^=!\s]+)\s*(==|=|!=)\s*(\S*)$/.exec(part);
  if (equality) {
    const [, key = '', operator, value = ''] = equality;
    return operator === '!=' ? (labels) => labels[key] !== value : (labels) => labels[key] === value;
  }
  const existence = /^(!?)([^=!\s]+)$/.exec(part);
  if (!existence) throw badRequest(`unable to parse requirement: found '${part}'`);
  const [, not, key = ''] = existence;
  return not ? (labels) => !(key in labels) : (labels) => key in labels;
}

/**
 * The `fieldSelector` of a query: any path of strings, as `metadata.name=web` or `involvedObject.uid!=x`.
 * @throws StatusError 400 where it cannot be read
 */
export function parseFieldSelector(selector: string | undefined): Matcher {
  if (!selector) return everything;
  const terms = selector.split(',').map((part) => {
    const term = /^([^=!]+)(==|=|!=)(.*)$/.exec(part.trim());
    if (!term) throw badRequest(`invalid selector: '${part}'; can't understand '${part}'`);
    const [, path = '', operator, value = ''] = term;
    return { path, is: operator !== '!=', value };
  });
  return (object) => terms.every((term) => (field(object, term.path) === term.value) === term.is);
}

function field(object: ApiObject, path: string): string {
  if (path === 'metadata.name') return nameOf(object);
  if (path === 'metadata.namespace') return namespaceOf(object);
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  const value = at(object, ...keys)[last];
  return value === undefined || value === null ? '' : String(value);
}
