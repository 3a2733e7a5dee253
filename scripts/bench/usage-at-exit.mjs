// Loaded into a measured process by --import: leaves what the process has used in the file that BENCH_USAGE names.
import { writeFileSync } from 'node:fs';

const file = process.env.BENCH_USAGE;
if (file !== undefined) process.on('exit', () => writeFileSync(file, JSON.stringify(process.resourceUsage())));
