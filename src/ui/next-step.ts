import { countPods } from '../rollout/look.ts';
import type { Picture } from './picture.ts';

export interface NextStep {
  /** null: the next step of the spec; else the percentage that goes beyond it. */
  percent: number | null;
  /** "next step: 8 more pods, to 16 of 16" */
  text: string;
}

/** What `n` would begin; null where there is nothing beyond. */
export function nextStep(picture: Picture): NextStep | null {
  const { look, spec, status } = picture;
  if (look === null || spec === null || status === null || picture.back) return null;
  if (status.phase === 'Complete' || status.phase === 'RolledBack') return null;
  const replicas = look.set.replicas;
  const next = look.steps[look.step + 1];
  if (next !== undefined)
    return { percent: null, text: `next step: ${more(next - look.goal)}, to ${next} of ${replicas}` };
  if (look.goal < replicas && status.reason === 'PercentReached') {
    return { percent: 100, text: `on to 100%: ${more(replicas - look.goal)}` };
  }
  return null;
}

function more(pods: number): string {
  return `${countPods(pods).replace(' ', ' more ')}`;
}
