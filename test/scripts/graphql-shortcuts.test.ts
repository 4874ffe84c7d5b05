import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import * as published from 'graphql';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { shorten } from '../../scripts/graphql-shortcuts.ts';

const sdl = `
  type Query { item: Item }
  enum Color { RED }
  type Item {
    text: String, needed: String!, count: Int, color: Color, child: Item, later: String, list: [Item!]
    said(word: String = "a"): String
  }`;

let folder: string;
let shortened: typeof published;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graphql-'));
  const outfile = join(folder, 'graphql.cjs');
  await build({
    stdin: {
      contents: `module.exports = require('graphql');`,
      resolveDir: fileURLToPath(new URL('../../', import.meta.url)),
    },
    outfile,
    bundle: true,
    platform: 'node',
    plugins: [shorten],
  });
  shortened = createRequire(import.meta.url)(outfile);
});
afterAll(() => rm(folder, { recursive: true }));

const answer = async ({ buildSchema, execute, parse }: typeof published, item: object) => {
  const query = `{ item {
    text needed __proto__: text __typename count color later said child { needed } list { needed later }
  } }`;
  return JSON.stringify(
    await execute({ schema: buildSchema(sdl), document: parse(query), rootValue: { item } }),
  );
};

const whole = { text: 'a', needed: 'b', count: 1, color: 'RED', later: Promise.resolve('c') };
const fails = () => {
  throw new Error('no');
};

it.each<[string, object]>([
  ['plain values', { ...whole, child: whole, list: [whole, whole] }],
  ['nulls that are allowed', { needed: 'b', text: null, count: null, color: null, list: null }],
  ['a null that is not', { ...whole, needed: null }],
  ['a null that is not, further down', { ...whole, child: { needed: null }, list: [{}] }],
  ['values that cannot be serialized', { ...whole, text: {}, count: 'many', color: 'BLUE' }],
  ['a number that is none', { ...whole, count: Number.NaN }],
  ['functions', { ...whole, text: () => 'called', said: ({ word }: { word: string }) => word }],
  ['a function that throws', { ...whole, text: fails }],
  [
    'a property that throws when it is read',
    {
      ...whole,
      get text() {
        return fails();
      },
    },
  ],
  ['promises that reject', { ...whole, later: async () => fails(), child: whole }],
  ['an error as a value', { ...whole, text: new Error('no') }],
])('the bundled graphql answers as the published one: %s', async (_what, item) => {
  const expected = await answer(published, item);
  expect(expected).toContain('"data"');
  expect(await answer(shortened, item)).toBe(expected);
});
