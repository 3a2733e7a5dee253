export { runPlanScreen, runTui, type TuiOptions } from './run.tsx';
