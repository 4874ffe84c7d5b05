import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findBreakingChanges, mayBreak } from '../../scripts/breaking-changes.ts';
import { checkBreaking } from '../../scripts/check-breaking.ts';

const root = new URL('../../', import.meta.url);
const subgraph = await readFile(new URL('subgraph.graphql', root), 'utf8');
const schema = await readFile(new URL('schema.graphql', root), 'utf8');

const change = (sdl: string, from: string, to: string): string => {
  expect(sdl).toContain(from);
  return sdl.replace(from, to);
};

describe('a change of the contract', () => {
  const emailKey = '@key(fields: "organizationId email")';

  it.each([
    ['removes a key', `  ${emailKey}\n`, '', 'has the key "organizationId email"'],
    ['changes a key', emailKey, '@key(fields: "email")', 'has the key "organizationId email"'],
    ['stops resolving a key', emailKey, emailKey.replace(')', ', resolvable: false)'), 'resolves'],
    ['stops sharing a type', '  @shareable\n', '', 'PageInfo may be shared'],
    ['renames a field', '  isUsable: Boolean!\n', '  usable: Boolean!\n', 'isUsable'],
    ['makes a field nullable', '  isUsable: Boolean!\n', '  isUsable: Boolean\n', 'isUsable'],
    ['renames an enum value', '  EXPIRED\n', '  ENDED\n', 'EXPIRED'],
    [
      'adds a required argument',
      '    size: Int! = 256\n',
      '    size: Int!\n    dpi: Int!\n',
      'dpi',
    ],
  ])('is breaking if it %s', async (_what, from, to, expected) => {
    const changes = await findBreakingChanges(subgraph, change(subgraph, from, to));
    expect(changes.join('\n')).toContain(expected);
  });

  it.each([
    ['adds a key', emailKey, `${emailKey} @key(fields: "sourceId")`],
    ['writes a key with other spaces', emailKey, '@key(fields: " organizationId   email ")'],
    ['adds a field', '  isUsable: Boolean!\n', '  isUsable: Boolean!\n  note: String\n'],
    ['adds a platform', '  APPLE\n', '  AMIGA\n  APPLE\n'],
    ['improves a description', 'The first and last name.', 'The first name and the last name.'],
  ])('is not breaking if it %s', async (_what, from, to) => {
    expect(await findBreakingChanges(subgraph, change(subgraph, from, to))).toEqual([]);
  });

  it('is allowed in a new major version, or before 1.0 in a new minor version', () => {
    expect(mayBreak('1.4.0', '2.0.0')).toBe(true);
    expect(mayBreak('1.4.0', '1.5.0')).toBe(false);
    expect(mayBreak('0.1.0', '0.2.0')).toBe(true);
    expect(mayBreak('0.1.0', '0.1.1')).toBe(false);
    expect(mayBreak('1.4.0', '1.4.0')).toBe(false);
  });
});

describe('the check for breaking changes', () => {
  let folder: string;
  const put = (name: string, text: string) => writeFile(join(folder, name), text);
  const git = (...words: string[]) =>
    promisify(execFile)(
      'git',
      ['-c', 'user.name=Test', '-c', 'user.email=test@localhost', ...words],
      {
        cwd: folder,
      },
    );
  const commit = async (): Promise<void> => {
    await git('add', '.');
    await git('commit', '--quiet', '--message', 'A state');
  };
  const withoutField = schema.replace(/\n {2}"""[^"]+"""\n {2}isUsable: Boolean!/g, '');

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'contracts-'));
    await git('init', '--quiet');
    await put('package.json', '{ "version": "1.0.0" }');
    await put('schema.graphql', schema);
    await put('subgraph.graphql', subgraph);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('compares with the last tag, and accepts breaking changes in a new major version', async () => {
    await commit();
    await git('tag', 'v1.0.0');
    expect(await checkBreaking(folder)).toEqual({ text: '', isRefused: false });
    await put('schema.graphql', withoutField);
    await commit();
    const { text, isRefused } = await checkBreaking(folder);
    expect(isRefused).toBe(true);
    expect(text).toContain('Breaking changes since v1.0.0');
    expect(text).toMatch(/schema\.graphql: Field .*isUsable/);
    await put('package.json', '{ "version": "2.0.0" }');
    expect(await checkBreaking(folder)).toMatchObject({ isRefused: false });
  });

  it('compares with the last commit if there is no tag, and passes if there is no commit', async () => {
    const { text, isRefused } = await checkBreaking(folder);
    expect(text).toContain('git has no earlier version');
    expect(isRefused).toBe(false);
    await commit();
    await put('schema.graphql', withoutField);
    expect(await checkBreaking(folder)).toMatchObject({ isRefused: true });
  });

  it('exits with 1 if a change is refused', async () => {
    await commit();
    await put('schema.graphql', withoutField);
    const { status, stderr } = spawnSync(
      process.execPath,
      [
        '--import',
        import.meta.resolve('tsx'),
        fileURLToPath(new URL('scripts/check-breaking.ts', root)),
      ],
      { cwd: folder, encoding: 'utf8' },
    );
    expect(status).toBe(1);
    expect(stderr).toContain('Breaking changes since HEAD');
  });
});
