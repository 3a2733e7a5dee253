import { type Host, tell } from './host.ts';
import { refuseWithoutAnswer } from './output.ts';

/**
 * Says what there is to say, and asks, unless --yes did.
 * @throws UsageError where there is nobody to ask
 */
export async function agree(host: Host, yes: boolean, question: string, warnings: readonly string[]): Promise<boolean> {
  tell(
    host,
    warnings.map((warning) => `! ${warning}`),
  );
  if (yes) return true;
  refuseWithoutAnswer(host, yes);
  if (await host.confirm(question)) return true;
  tell(host, ['Nothing was changed.']);
  return false;
}
