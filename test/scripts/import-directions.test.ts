import { Linter } from 'eslint';
import tseslint from 'typescript-eslint';
import { describe, expect, it } from 'vitest';
import { importDirections } from '../../scripts/import-directions.js';

const linter = new Linter();

const faultsOf = (file: string, code: string): string[] =>
  linter
    .verify(
      code,
      [{ files: ['**/*.ts'], languageOptions: { parser: tseslint.parser } }, importDirections],
      { filename: `src/${file}` },
    )
    .map(({ message }) => message);

const refused: readonly (readonly [string, string])[] = [
  ['paging/connection-page.ts', '../applivery/transport.ts'],
  ['paging/connection-page.ts', '../config.ts'],
  ['paging/connection-page.ts', 'graphql'],
  ['paging/oracle/walk.ts', '../../graphql/context.ts'],
  ['rest/transport.ts', '../platforms/windows/endpoints.ts'],
  ['lookups/loaders.ts', '../applivery/mdm-users.ts'],
  ['lookups/loaders.ts', '../graphql/context.ts'],
  ['graphql/queries/users.ts', '../../applivery/mdm-users.ts'],
  ['graphql/queries/users.ts', '../../platforms/registry.ts'],
  ['graphql/queries/users.ts', '../../server/yoga.ts'],
  ['server/yoga.ts', '../app.ts'],
  ['sandbox/router.ts', '../tokens/token.ts'],
  ['sandbox/router.ts', '../applivery/envelope.ts'],
  ['sandbox/router.ts', '../platforms/registry.ts'],
  ['platforms/windows/adapter.ts', '../apple/adapter.ts'],
  ['platforms/windows/deeper/file.ts', '../../apple/adapter.ts'],
  ['platforms/windows/adapter.ts', '../registry.ts'],
  ['platforms/windows/adapter.ts', '../../loaders/index.ts'],
  ['platforms/windows/adapter.ts', '../../sandbox/json.ts'],
  ['platforms/windows/adapter.ts', './sandbox.ts'],
  ['platforms/windows/sandbox.ts', './wire.ts'],
  ['platforms/windows/sandbox.ts', '../../tokens/token.ts'],
  ['platforms/registry.ts', './windows/adapter.ts'],
  ['platforms/registry.ts', '../graphql/schema.ts'],
  ['config.ts', './app.ts'],
  ['app.ts', './platforms/windows/index.ts'],
  ['app.ts', './sandbox/server.ts'],
  ['app.ts', './main.ts'],
  ['main.ts', './graphql/schema.ts'],
  ['main.ts', './platforms/windows/index.ts'],
  ['sandbox.ts', './app.ts'],
];

const allowed: readonly (readonly [string, string])[] = [
  ['main.ts', './app.ts'],
  ['main.ts', './sandbox/server.ts'],
  ['sandbox.ts', './sandbox/server.ts'],
  ['sandbox.ts', './platforms/registry.ts'],
  ['app.ts', './platforms/registry.ts'],
  ['platforms/registry.ts', './windows/index.ts'],
  ['platforms/windows/index.ts', './sandbox.ts'],
  ['platforms/windows/adapter.ts', './wire.ts'],
  ['platforms/windows/sandbox.ts', '../../sandbox/json.ts'],
  ['graphql/queries/users.ts', '../../loaders/index.ts'],
  ['graphql/queries/users.ts', 'graphql'],
  ['server/yoga.ts', '../graphql/context.ts'],
  ['state/redis/records.ts', '../../tokens/ports.ts'],
  ['state/redis/records.ts', '../keyed-hash.ts'],
  ['rest/transport.ts', '../tokens/ports.ts'],
  ['paging/connection-page.ts', 'node:crypto'],
];

describe('the import rule', () => {
  it.each(refused)('refuses in %s each form of import from %s', (file, target) => {
    for (const code of [
      `import { x } from '${target}';`,
      `import type { X } from '${target}';`,
      `export { x } from '${target}';`,
      `export * from '${target}';`,
      `const load = () => import('${target}');`,
    ]) {
      expect(faultsOf(file, code)).toHaveLength(1);
    }
  });

  it.each(allowed)('allows in %s an import from %s', (file, target) => {
    expect(faultsOf(file, `import { x } from '${target}';`)).toEqual([]);
  });
});
