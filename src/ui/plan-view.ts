import { clean } from './text.ts';

/** What a rollout is going to do, before it does anything. */
export interface PlanView {
  /** "Roll out sts/web in payments @ prod-eu (https://10.1.2.3)" */
  title: string;
  /** A label may come several times, or be empty to go on with the one above. */
  lines: { label: string; text: string }[];
  warnings: string[];
}

/** A plan whose text is fit for a terminal. */
export function cleanPlan(plan: PlanView): PlanView {
  return {
    title: clean(plan.title),
    lines: plan.lines.map(({ label, text }) => ({ label: clean(label), text: clean(text) })),
    warnings: plan.warnings.map(clean),
  };
}

/** The plan as plain lines: for line mode and --dry-run. */
export function printPlan(plan: PlanView): string[] {
  const { title, lines, warnings } = cleanPlan(plan);
  const column = planLabelWidth(lines);
  return [
    title,
    ...lines.map(({ label, text }) => `  ${label.padEnd(column)}${text}`.trimEnd()),
    ...warnings.map((warning) => `  ! ${warning}`),
  ];
}

/** Cells for the labels, the gap behind them included. */
export function planLabelWidth(lines: PlanView['lines']): number {
  return Math.max(0, ...lines.map(({ label }) => label.length)) + 3;
}
