import { writeFile } from 'node:fs/promises';
import { catalogue } from '../test/faults/catalogue.ts';

// Writes docs/faults.md. A test fails if the committed file differs.
await writeFile(new URL('../docs/faults.md', import.meta.url), catalogue);
