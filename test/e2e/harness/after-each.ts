import { afterEach } from 'vitest';
import { endAll } from './clean-up.ts';

// What a failed test left running would disturb the next one.
afterEach(endAll);
