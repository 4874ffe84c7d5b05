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
  ['domain/token.ts', '../paging/types.ts'],
  ['domain/token.ts', '../config.ts'],
  ['domain/token.ts', 'zod'],
  ['paging/connection-page.ts', '../applivery/envelope.ts'],
  ['paging/connection-page.ts', '../sharing/shared-run.ts'],
  ['paging/connection-page.ts', 'graphql'],
  ['paging/oracle/walk.ts', '../../graphql/context.ts'],
  ['creation/creation.ts', '../paging/types.ts'],
  ['creation/creation.ts', '../state/shared-state.ts'],
  ['creation/creation.ts', 'graphql'],
  ['sharing/shared-run.ts', '../creation/creation.ts'],
  ['state/redis/records.ts', '../../paging/types.ts'],
  ['state/memory/quota.ts', '../../rest/limits.ts'],
  ['state/shared-state.ts', '../lookups/loaders.ts'],
  ['rest/transport.ts', '../platforms/windows/wire.ts'],
  ['rest/transport.ts', '../applivery/envelope.ts'],
  ['rest/transport.ts', '../state/memory/quota.ts'],
  ['applivery/envelope.ts', '../graphql/context.ts'],
  ['applivery/envelope.ts', '../state/memory/quota.ts'],
  ['lookups/loaders.ts', '../applivery/mdm-users.ts'],
  ['lookups/loaders.ts', '../graphql/context.ts'],
  ['graphql/queries/users.ts', '../../applivery/mdm-users.ts'],
  ['graphql/queries/users.ts', '../../platforms/registry.ts'],
  ['graphql/queries/users.ts', '../../server/yoga.ts'],
  ['graphql/queries/users.ts', '../../sharing/shared-reads.ts'],
  ['server/yoga.ts', '../app.ts'],
  ['server/yoga.ts', '../paging/types.ts'],
  ['server/yoga.ts', '../rest/limits.ts'],
  ['sandbox/router.ts', '../domain/token.ts'],
  ['sandbox/router.ts', '../applivery/envelope.ts'],
  ['sandbox/router.ts', '../platforms/registry.ts'],
  ['platforms/windows/adapter.ts', '../apple/adapter.ts'],
  ['platforms/windows/deeper/file.ts', '../../apple/adapter.ts'],
  ['platforms/windows/adapter.ts', '../registry.ts'],
  ['platforms/windows/adapter.ts', '../../lookups/loaders.ts'],
  ['platforms/windows/adapter.ts', '../../rest/transport.ts'],
  ['platforms/windows/adapter.ts', '../../sandbox/json.ts'],
  ['platforms/windows/adapter.ts', './sandbox.ts'],
  ['platforms/windows/sandbox.ts', './wire.ts'],
  ['platforms/windows/sandbox.ts', '../../domain/token.ts'],
  ['platforms/registry.ts', './windows/adapter.ts'],
  ['platforms/registry.ts', '../graphql/schema.ts'],
  ['config.ts', './app.ts'],
  ['app.ts', './platforms/windows/index.ts'],
  ['app/upstream.ts', '../sandbox/server.ts'],
  ['app.ts', './main.ts'],
  ['main.ts', './graphql/schema.ts'],
  ['main.ts', './server/yoga.ts'],
  ['main.ts', './platforms/windows/index.ts'],
  ['sandbox.ts', './app.ts'],
];

const allowed: readonly (readonly [string, string])[] = [
  ['main.ts', './app.ts'],
  ['main.ts', './server/telemetry/tracing.ts'],
  ['main.ts', './sandbox/server.ts'],
  ['sandbox.ts', './sandbox/server.ts'],
  ['sandbox.ts', './platforms/registry.ts'],
  ['app.ts', './platforms/registry.ts'],
  ['app.ts', './app/upstream.ts'],
  ['app/upstream.ts', '../applivery/mdm-users.ts'],
  ['platforms/registry.ts', './windows/index.ts'],
  ['platforms/windows/index.ts', './sandbox.ts'],
  ['platforms/windows/adapter.ts', './wire.ts'],
  ['platforms/windows/sandbox.ts', '../../sandbox/json.ts'],
  ['graphql/queries/users.ts', '../../lookups/loaders.ts'],
  ['graphql/queries/users.ts', 'graphql'],
  ['server/yoga.ts', '../graphql/context.ts'],
  ['server/limits/cost.ts', '../../domain/errors.ts'],
  ['state/redis/records.ts', '../../domain/creation-record.ts'],
  ['state/redis/records.ts', '../shared-state.ts'],
  ['rest/transport.ts', '../domain/operation.ts'],
  ['rest/transport.ts', 'undici'],
  ['applivery/envelope.ts', '../rest/transport.ts'],
  ['creation/creation.ts', '../sharing/shared-run.ts'],
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
