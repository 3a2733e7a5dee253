import { API_CASES } from './cases-api.ts';
import { CRD_CASES } from './cases-crd.ts';
import { ORDER_CASES } from './cases-order.ts';
import { POD_CASES } from './cases-pods.ts';
import { RESOURCE_CASES } from './cases-resource.ts';
import { ROLLOUT_CASES } from './cases-rollout.ts';
import { STRATEGY_CASES } from './cases-strategy.ts';
import type { Case } from './kit.ts';

/** All that a cluster must do alike, wherever it runs. */
export const CASES: readonly Case[] = [
  ...STRATEGY_CASES,
  ...ORDER_CASES,
  ...ROLLOUT_CASES,
  ...POD_CASES,
  ...API_CASES,
  ...CRD_CASES,
  ...RESOURCE_CASES,
];
