import { holdsOver } from './shard.ts';

holdsOver(1);
