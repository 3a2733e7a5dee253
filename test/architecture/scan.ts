import { parseSync } from 'vite';

/** What one source file says of its surroundings. */
export interface Scan {
  imports: Import[];
  /** Uses of the clock, of chance and of the process, as written: "Date.now", "new Date()", "setTimeout". */
  impure: string[];
  lines: number;
}

export interface Import {
  specifier: string;
  /**
   * `type` is gone at run time, `static` is loaded together with the file, `dynamic` when asked for. A specifier that is
   * no literal is given as "(computed)".
   */
  kind: 'type' | 'static' | 'dynamic';
}

type Node = { type: string } & Record<string, unknown>;

const IMPURE_NAMES = new Set([
  'performance',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'process',
  'crypto',
  'fetch',
  'globalThis',
  'console',
  'require',
]);
const IMPURE_MEMBERS = new Set(['Date.now', 'Math.random']);

/**
 * Reads imports (also `import type`, re-exports, `import()`, `import("x").T` and `require`) and impure names off the
 * syntax tree.
 * @throws Error where the file does not parse
 */
export function scan(path: string, text: string): Scan {
  const { program, errors } = parseSync(path, text);
  const error = errors[0];
  if (error !== undefined) throw new Error(`${path}: ${error.message}`);
  const found: Scan = { imports: [], impure: [], lines: text.split('\n').length - (text.endsWith('\n') ? 1 : 0) };
  walk(program as unknown as Node, null, found);
  return found;
}

function walk(node: Node, parent: Node | null, found: Scan): void {
  look(node, parent, found);
  for (const [key, value] of Object.entries(node)) {
    // A name after a dot, and the name of a property, are nobody's variable.
    if (isLabel(node, key)) continue;
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) walk(child, node, found);
  }
}

function look(node: Node, parent: Node | null, { imports, impure }: Scan): void {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration':
      if (isNode(node.source))
        imports.push({ specifier: literal(node.source), kind: isTypeOnly(node) ? 'type' : 'static' });
      break;
    case 'TSImportType':
      imports.push({ specifier: literal(node.source), kind: 'type' });
      break;
    case 'ImportExpression':
      imports.push({ specifier: literal(node.source), kind: 'dynamic' });
      break;
    case 'CallExpression':
      if (nameOf(node.callee) === 'Date') impure.push('Date()');
      break;
    case 'NewExpression':
      if (nameOf(node.callee) === 'Date' && Array.isArray(node.arguments) && node.arguments.length === 0)
        impure.push('new Date()');
      break;
    case 'MemberExpression': {
      const member = `${nameOf(node.object)}.${isNode(node.property) && node.property.type === 'Literal' ? node.property.value : nameOf(node.property)}`;
      if (IMPURE_MEMBERS.has(member)) impure.push(member);
      break;
    }
    case 'VariableDeclarator':
      // `const { now } = Date` is Date.now by another road.
      if (['Date', 'Math'].includes(nameOf(node.init) ?? '')) impure.push(`${nameOf(node.init)} by another name`);
      break;
    case 'Identifier':
      if (typeof node.name === 'string' && IMPURE_NAMES.has(node.name) && parent?.type !== 'TSTypeReference')
        impure.push(node.name);
      break;
  }
}

function isLabel(node: Node, key: string): boolean {
  if (node.computed === true) return false;
  if (node.type === 'MemberExpression') return key === 'property';
  if (node.type === 'Property') return key === 'key';
  return (
    key === 'key' &&
    ['PropertyDefinition', 'MethodDefinition', 'TSPropertySignature', 'TSMethodSignature'].includes(node.type)
  );
}

function isTypeOnly(node: Node): boolean {
  if (node.importKind === 'type' || node.exportKind === 'type') return true;
  const names = node.specifiers;
  if (!Array.isArray(names) || names.length === 0) return false;
  return names.every((name: unknown) => isNode(name) && (name.importKind === 'type' || name.exportKind === 'type'));
}

function literal(source: unknown): string {
  return isNode(source) && source.type === 'Literal' && typeof source.value === 'string' ? source.value : '(computed)';
}

function nameOf(node: unknown): string | null {
  return isNode(node) && node.type === 'Identifier' && typeof node.name === 'string' ? node.name : null;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
