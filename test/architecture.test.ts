import { readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';

const source = new URL('../src/', import.meta.url);

const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => /\.(ts|graphql)$/.test(name))
  .map((name) => ({ name, text: readFileSync(new URL(name, source), 'utf8') }));

/** `file:line: text` of every line below src/ that has the pattern. */
const search = (pattern: RegExp, isMeant: (name: string) => boolean): string[] =>
  files
    .filter(({ name }) => isMeant(name))
    .flatMap(({ name, text }) =>
      text
        .split('\n')
        .map((line, index) => `${name}:${index + 1}: ${line.trim()}`)
        .filter((line) => pattern.test(line.slice(line.indexOf(': ')))),
    );

const isOfAPlatform = (name: string) => /^platforms\/[^/]+\//.test(name);
const isCommand = (name: string) => name === 'main.ts' || name === 'sandbox.ts';

describe('the three searches over the source', () => {
  it('look at files', () => {
    expect(files.length).toBeGreaterThan(100);
    expect(search(/winPolicyId/, isOfAPlatform)).not.toEqual([]);
    expect(search(/^: mutation CreateToken/, (name) => name.endsWith('.graphql'))).not.toEqual([]);
  });

  it("find the vendor's per-platform words in the platforms only", () => {
    expect(search(/win[A-Z]|adm[A-Z]/, (name) => !isOfAPlatform(name))).toEqual([]);
  });

  it('find no platform named outside the platforms, but for the Managed Apple Account', () => {
    const named = search(/windows|apple/i, (name) => !name.startsWith('platforms/'));
    expect(
      named.filter((line) =>
        /windows|apple/i.test(line.replace(/managed ?apple ?(id|account)/gi, '')),
      ),
    ).toEqual([]);
  });

  it('find the process in the commands only', () => {
    expect(search(/process\.|node:process/, (name) => !isCommand(name))).toEqual([]);
  });
});

describe('files', () => {
  it('are kebab-case', () => {
    const odd = files.filter(
      ({ name }) =>
        !/^([a-z\d]+(-[a-z\d]+)*\/)*[a-z\d]+(-[a-z\d]+)*(\.d)?\.(ts|graphql)$/.test(name),
    );
    expect(odd.map(({ name }) => name)).toEqual([]);
  });

  it('export names only, never a default', () => {
    expect(search(/^: export default/, () => true)).toEqual([]);
  });

  it('have at most 250 lines, the assembly 150, except for the configuration', () => {
    const long = files.filter(
      ({ name, text }) =>
        name !== 'config.ts' && text.split('\n').length - 1 > (name === 'app.ts' ? 150 : 250),
    );
    expect(long.map(({ name }) => name)).toEqual([]);
  });

  it('are at most fifteen in a folder, and a few more in the domain', () => {
    const counts = new Map<string, number>();
    for (const { name } of files) counts.set(dirname(name), (counts.get(dirname(name)) ?? 0) + 1);
    const full = [...counts].filter(([folder, count]) => count > (folder === 'domain' ? 20 : 15));
    expect(full.map(([folder]) => folder)).toEqual([]);
  });
});
