import { structuredPatch } from 'diff';
import { stringify } from 'yaml';
import type { Json } from '../rollout/json.ts';
import { clean } from '../ui/text.ts';

/** A line of a diff, clean of control characters; `kind` is what a colour may repeat. */
export interface DiffLine {
  kind: 'from' | 'to' | 'place' | 'added' | 'removed' | 'same';
  text: string;
}

/** A pod template as people read it. */
export function templateYaml(template: Json): string[] {
  return stringify(template, { lineWidth: 0 }).trimEnd().split('\n').map(cleanIndented);
}

/** What differs between two pod templates, as a unified diff of their YAML; empty where nothing does. */
export function templateDiff(
  from: { title: string; template: Json },
  to: { title: string; template: Json },
): DiffLine[] {
  const text = (template: Json) => `${templateYaml(template).join('\n')}\n`;
  const { hunks } = structuredPatch(
    from.title,
    to.title,
    text(from.template),
    text(to.template),
    undefined,
    undefined,
    {
      context: 3,
    },
  );
  if (hunks.length === 0) return [];
  return [
    { kind: 'from', text: `--- ${clean(from.title)}` },
    { kind: 'to', text: `+++ ${clean(to.title)}` },
    ...hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines }): DiffLine[] => [
      { kind: 'place', text: `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@` },
      ...lines.map((line): DiffLine => ({ kind: KINDS[line[0] ?? ' '] ?? 'same', text: line })),
    ]),
  ];
}

const KINDS: Record<string, DiffLine['kind']> = { '+': 'added', '-': 'removed', ' ': 'same' };

/** clean() takes away the blanks at both ends, and YAML needs those at the beginning. */
function cleanIndented(line: string): string {
  const indent = /^ */.exec(line)?.[0] ?? '';
  return `${indent}${clean(line.slice(indent.length))}`;
}
