import type { JsonObject } from '../rollout/json.ts';
import {
  changedFields,
  difference,
  type FieldSet,
  fieldPaths,
  fieldsOf,
  intersection,
  isEmpty,
  overlay,
  union,
  without,
} from './managed-fields.ts';
import { type ApiObject, at, nameOf, objects, text } from './objects.ts';
import { apiVersionOf, type Resource } from './resources.ts';
import { type Cause, StatusError } from './status.ts';

/** Who writes, by managedFields. */
export interface Writer {
  manager: string;
  operation: 'Apply' | 'Update';
  subresource: string;
  /** RFC 3339. */
  time: string;
}

interface Entry extends Writer {
  fields: FieldSet;
}

/** Notes an ordinary write (create, PUT, patch): what it changed is the writer's now, and no longer anybody else's. */
export function trackUpdate(resource: Resource, before: ApiObject | null, after: ApiObject, writer: Writer): ApiObject {
  const old = before ?? {};
  const changed = withoutStatus(resource, writer, changedFields(old, after));
  const removed = difference(fieldsOf(old), fieldsOf(after));
  const entries = entriesOf(before ?? after).map((entry) => ({
    ...entry,
    fields: difference(isWriter(entry, writer) ? entry.fields : difference(entry.fields, leaves(changed)), removed),
  }));
  return withEntries(resource, after, isEmpty(changed) ? entries : give(entries, writer, changed));
}

/**
 * Server-side apply: `config` over `live`; what this manager applied before and does not state any more goes, unless
 * another manager has it too.
 * @throws StatusError 409 where another manager owns a field with another value, unless `force`
 */
export function applyConfiguration(
  resource: Resource,
  live: ApiObject,
  config: JsonObject,
  writer: Writer,
  force: boolean,
): ApiObject {
  const stated = fieldsOf(config);
  const entries = entriesOf(live);
  const others = entries.filter((entry) => !isWriter(entry, writer));
  const merged = overlay(live, config) as ApiObject;
  const changing = leaves(intersection(changedFields(live, merged), stated));
  const conflicts = others.flatMap((entry) =>
    fieldPaths(intersection(leaves(entry.fields), changing)).map((path) => ({ entry, path })),
  );
  if (conflicts.length > 0 && !force) throw conflicting(conflicts);

  const mine = entries.find((entry) => isWriter(entry, writer))?.fields ?? {};
  const ofOthers = others.reduce<FieldSet>((set, entry) => union(set, entry.fields), {});
  const dropped = difference(difference(mine, stated), ofOthers);
  const result = { ...without(merged, dropped), metadata: at(without(merged, dropped).metadata) };
  const kept = others.map((entry) => ({ ...entry, fields: force ? difference(entry.fields, changing) : entry.fields }));
  return withEntries(resource, result, [...kept, { ...writer, fields: stated }]);
}

/** The status of a kind with a status subresource is written there only. */
function withoutStatus(resource: Resource, writer: Writer, changed: FieldSet): FieldSet {
  if (!resource.statusSubresource || writer.subresource === 'status') return changed;
  const { 'f:status': _, ...rest } = changed;
  return rest;
}

/** A set without the parents' own marks, so that only values are compared. */
function leaves(set: FieldSet): FieldSet {
  const result: FieldSet = {};
  for (const [key, value] of Object.entries(set)) {
    if (key !== '.') result[key] = leaves(at(value));
  }
  return result;
}

function conflicting(conflicts: { entry: Entry; path: string }[]): StatusError {
  const words = ({ entry }: { entry: Entry }): string =>
    `conflict with "${entry.manager}"${entry.operation === 'Update' ? ' using apps/v1' : ''}`;
  const causes: Cause[] = conflicts.map((conflict) => ({
    reason: 'FieldManagerConflict',
    message: words(conflict),
    field: conflict.path,
  }));
  const plural = conflicts.length === 1 ? 'conflict' : 'conflicts';
  const list = conflicts.length === 1 ? `${causes[0]?.message}: ${causes[0]?.field}` : byManager(conflicts, words);
  return new StatusError(
    409,
    'Conflict',
    `Apply failed with ${conflicts.length} ${plural}: ${conflicts.length === 1 ? list : `conflicts with ${list}`}`,
    {},
    causes,
  );
}

function byManager(
  conflicts: { entry: Entry; path: string }[],
  words: (conflict: { entry: Entry; path: string }) => string,
): string {
  const groups = Map.groupBy(conflicts, words);
  return [...groups]
    .map(([who, all]) => `${who.replace('conflict with ', '')}:\n${all.map(({ path }) => `- ${path}`).join('\n')}`)
    .join('\n');
}

function give(entries: Entry[], writer: Writer, fields: FieldSet): Entry[] {
  const mine = entries.find((entry) => isWriter(entry, writer));
  if (mine === undefined) return [...entries, { ...writer, fields }];
  const given = { ...mine, time: writer.time, fields: union(mine.fields, fields) };
  return entries.map((entry) => (entry === mine ? given : entry));
}

function isWriter(entry: Entry, writer: Writer): boolean {
  return (
    entry.manager === writer.manager && entry.operation === writer.operation && entry.subresource === writer.subresource
  );
}

function entriesOf(object: ApiObject): Entry[] {
  return objects(object.metadata.managedFields).map((entry) => ({
    manager: text(entry.manager),
    operation: entry.operation === 'Apply' ? 'Apply' : 'Update',
    subresource: text(entry.subresource),
    time: text(entry.time),
    fields: at(entry.fieldsV1),
  }));
}

function withEntries(resource: Resource, object: ApiObject, entries: Entry[]): ApiObject {
  const managedFields = entries
    .filter((entry) => !isEmpty(entry.fields))
    .map((entry): JsonObject => {
      const json: JsonObject = {
        manager: entry.manager,
        operation: entry.operation,
        apiVersion: apiVersionOf(resource),
        time: entry.time,
        fieldsType: 'FieldsV1',
        fieldsV1: entry.fields,
      };
      if (entry.subresource) json.subresource = entry.subresource;
      return json;
    });
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata: managedFields.length > 0 ? { ...metadata, managedFields } : metadata };
}

/** The configuration of an apply must name what it is about. */
export function isConfigurationOf(resource: Resource, name: string, config: JsonObject): boolean {
  const named = { ...config, metadata: at(config.metadata) };
  return config.apiVersion === apiVersionOf(resource) && config.kind === resource.kind && nameOf(named) === name;
}
