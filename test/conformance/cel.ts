import { Environment } from '@marcbachmann/cel-js';
import type { CelEvaluator } from '../../src/simulator/index.ts';

const environment = new Environment({ unlistedVariablesAreDyn: true });

/** The rules of custom resources, for a simulated API server. */
export const evaluateCel: CelEvaluator = (rule, variables) => environment.evaluate(rule, variables) === true;
