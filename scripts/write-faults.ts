import { writeFile } from 'node:fs/promises';
import { catalogue } from '../test/faults/catalogue.ts';

/** Writes docs/faults.md; a test fails where the committed one differs. */
await writeFile(new URL('../docs/faults.md', import.meta.url), catalogue);
