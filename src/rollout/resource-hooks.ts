import { z } from 'zod';
import { celRule } from './cel.ts';
import { type Hook, hookCallSchema, hooksSchema } from './gate-spec.ts';
import type { RecordSpec } from './record.ts';

const ONE_CALL = 'say one of command, script and url';

/** A hook of the record, whose command is one of two types: a schema of a custom resource has one for each field. */
const resourceHookSchema = hookCallSchema
  .extend({
    command: z
      .array(z.string())
      .min(1)
      .max(256)
      .optional()
      .describe(
        'Run by exec as it stands, with $(BEDROCK_POD) and the like put in; its exit code 0 lets the pod go on.',
      ),
    script: z
      .string()
      .min(1)
      .optional()
      .describe('Run by /bin/sh -c, with BEDROCK_POD and the like in its environment; exit code 0 lets the pod go on.'),
  })
  .refine(({ command, script, url }) => [command, script, url].filter((each) => each !== undefined).length === 1, {
    error: ONE_CALL,
  })
  .meta(celRule('[has(self.command), has(self.script), has(self.url)].filter(said, said).size() == 1', ONE_CALL));

export const resourceHooksSchema = z.object({
  beforePod: resourceHookSchema.optional().describe(hooksSchema.shape.beforePod.description ?? ''),
  afterPod: resourceHookSchema.optional().describe(hooksSchema.shape.afterPod.description ?? ''),
});

type ResourceHooks = z.infer<typeof resourceHooksSchema>;
type ResourceHook = z.infer<typeof resourceHookSchema>;

/** The hooks of a resource, as a record says them. */
export function recordHooks({ beforePod, afterPod }: ResourceHooks): NonNullable<RecordSpec['hooks']> {
  const hook = ({ script, command, ...rest }: ResourceHook): Hook => {
    const call = script ?? command;
    return { ...rest, ...(call === undefined ? {} : { command: call }) };
  };
  return {
    ...(beforePod === undefined ? {} : { beforePod: hook(beforePod) }),
    ...(afterPod === undefined ? {} : { afterPod: hook(afterPod) }),
  };
}

/** The hooks of a record, as a resource says them. */
export function resourceHooks(hooks: RecordSpec['hooks']): ResourceHooks | undefined {
  if (hooks === undefined) return undefined;
  const hook = ({ command, ...rest }: Hook): ResourceHook => {
    if (command === undefined) return rest;
    return typeof command === 'string' ? { ...rest, script: command } : { ...rest, command };
  };
  const { beforePod, afterPod } = hooks;
  return {
    ...(beforePod === undefined ? {} : { beforePod: hook(beforePod) }),
    ...(afterPod === undefined ? {} : { afterPod: hook(afterPod) }),
  };
}
