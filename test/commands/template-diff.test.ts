import { describe, expect, it } from 'vitest';
import { templateDiff, templateYaml } from '../../src/commands/template-diff.ts';
import type { Json } from '../../src/rollout/json.ts';

const template = (image: string, env: Json[] = []): Json => ({
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'app', image, env, resources: { limits: { cpu: '1' } } }] },
});
const diff = (before: Json, after: Json) =>
  templateDiff({ title: 'revision 3', template: before }, { title: 'revision 4', template: after });

describe('templateDiff', () => {
  it('is a unified diff of what people write', () => {
    const lines = diff(template('app:1', [{ name: 'A', value: '1' }]), template('app:2', [{ name: 'A', value: '1' }]));
    expect(lines.map(({ text }) => text)).toEqual([
      '--- revision 3',
      '+++ revision 4',
      '@@ -4,7 +4,7 @@',
      ' spec:',
      '   containers:',
      '     - name: app',
      '-      image: app:1',
      '+      image: app:2',
      '       env:',
      '         - name: A',
      '           value: "1"',
    ]);
    expect(lines.map(({ kind }) => kind)).toEqual([
      'from',
      'to',
      'place',
      'same',
      'same',
      'same',
      'removed',
      'added',
      'same',
      'same',
      'same',
    ]);
  });

  it('is empty where the templates are the same', () => {
    expect(diff(template('app:1'), template('app:1'))).toEqual([]);
  });

  it('lets nothing through that moves a terminal', () => {
    const evil = template('app:\u001b[2J\u202egnp', [{ name: 'A', value: 'a\u0007b\u001b]0;x\u0007' }]);
    const text = diff(template('app:1'), evil)
      .map((line) => line.text)
      .join('\n');
    for (const shown of [text, templateYaml(evil).join('\n')]) expect(shown).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u);
  });
});
