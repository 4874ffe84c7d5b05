import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import type { z } from 'zod';
import { configReference } from '../../src/config.ts';
import { drainTimes } from '../../src/server/life-cycle/drain.ts';

/** The root of the repository. */
export const root = new URL('../../', import.meta.url);

/** Reads a file below the root as text. */
export const readText = (path: string): Promise<string> => readFile(new URL(path, root), 'utf8');

/** Reads a YAML file below the root; throws if it does not have the shape. */
export const readYaml = async <Content>(
  shape: z.ZodType<Content>,
  path: string,
): Promise<Content> => shape.parse(parse(await readText(path)));

/** The variables that mean something to the gateway or to Node. */
export const knownVariables: ReadonlySet<string> = new Set([
  ...configReference().map(({ name }) => name),
  'NODE_OPTIONS',
]);

/** A `SHARED_SECRET` that the configuration accepts. */
export const goodSecret = 'sixteen characters and more';

/** The longest time from SIGTERM to the end of the process. */
export const drainSeconds: number = (drainTimes.maxMs + drainTimes.closeMs) / 1000;

/** The environment variables that the image sets. */
export const image = { NODE_ENV: 'production', HOST: '0.0.0.0', PORT: '4000' } as const;
