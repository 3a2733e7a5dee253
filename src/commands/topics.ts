import { readFile } from 'node:fs/promises';
import { BAKED_TOPICS } from './baked-topics.ts';

/** What `kubectl bedrock help TOPIC` tells of: each is a page of docs/. */
export const TOPICS = {
  behaviour: 'what pause, percent, hold, rollback, complete and failed mean exactly',
  strategies: 'RollingUpdate, OnDelete and its version leak, the fence',
  integrations: 'Slack, the call-back, Consul, Prometheus, hooks',
  'exit-codes': 'what a pipeline can tell from the end of a command',
  troubleshooting: 'what it says when it does not move, and what to do',
} as const;

export type Topic = keyof typeof TOPICS;

/** The page of a topic, in Markdown. */
export async function topicText(topic: Topic): Promise<string> {
  return BAKED_TOPICS?.[topic] ?? readFile(new URL(`../../docs/${topic}.md`, import.meta.url), 'utf8');
}

/** Markdown as a terminal's manual page: headings in capitals, code moved in, links as their words. */
export function manualPage(markdown: string): string {
  let code = false;
  const lines: string[] = [];
  for (const line of markdown.split('\n')) {
    if (line.startsWith('```')) code = !code;
    else if (code) lines.push(`    ${line}`.trimEnd());
    else lines.push(prose(line));
  }
  return `${lines.join('\n').trim()}\n`;
}

function prose(line: string): string {
  const heading = /^#+ (.*)/.exec(line)?.[1];
  if (heading !== undefined) return bare(heading).toUpperCase();
  // the line under a table's head
  if (/^\|[-:| ]+\|$/.test(line)) return '';
  return bare(line);
}

function bare(text: string): string {
  return text
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/\*\*([^*]+)\*\*/g, '$1')
    .replace(/`([^`]+)`/g, '$1');
}
