export type { Pane } from './beside.tsx';
export { runBeside, runPlanScreen, runTui, type TuiOptions } from './run.tsx';
