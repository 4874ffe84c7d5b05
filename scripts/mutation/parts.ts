/** A part of the gateway, and the tests that must kill its mutants. */
export interface MutationPart {
  readonly name: string;
  /** Paths or patterns below src/. */
  readonly files: readonly string[];
  /**
   * Paths below test/, without the ending. Tests that need a separate process, such as those of header sizes, are not
   * listed.
   */
  readonly tests: readonly string[];
}

export const parts: readonly MutationPart[] = [
  {
    name: 'authorization',
    files: ['server/auth/authorization.ts', 'server/auth/read-scope.ts'],
    tests: [
      'server/auth/authentication',
      'server/auth/key-set',
      'server/auth/scopes',
      'security/tenancy',
      'server/auth/write-only',
      'server/auth/token-refusals',
      'server/auth/read-scope',
      'graphql/federation/service',
    ],
  },
  {
    name: 'trusted-documents',
    files: ['server/auth/trusted-documents.ts'],
    tests: ['server/auth/trusted-documents', 'server/limits/hostile-documents'],
  },
  {
    name: 'shared-reads',
    files: ['sharing/shared-reads.ts', 'sharing/shared-work.ts', 'sharing/write-generations.ts'],
    tests: ['sharing/shared-reads', 'sharing/shared-work', 'sharing/platform-reads'],
  },
  {
    name: 'shared-queries',
    files: ['server/execution/shared-queries.ts'],
    tests: ['server/execution/shared-queries'],
  },
  {
    name: 'caches',
    files: ['lookups/cached-lookup.ts', 'lookups/result-cache.ts'],
    tests: ['lookups/cache', 'lookups/canary', 'lookups/loaders'],
  },
  {
    name: 'state',
    files: ['state/memory/*.ts', 'state/redis/{lookup-cache,quota,records,redis-fallback}.ts'],
    tests: [
      'state/redis/connection',
      'state/redis/creation',
      'state/keyed-hash',
      'state/lookup-cache',
      'state/quota',
      'state/records',
    ],
  },
  {
    name: 'creation',
    files: [
      'creation/creation.ts',
      'creation/creation-claim.ts',
      'creation/read-back.ts',
      'creation/recorded-posts.ts',
    ],
    tests: [
      'graphql/mutations/lost-changes',
      'creation/bulk-creation',
      'creation/creation',
      'creation/creation-claim',
      'creation/read-back',
    ],
  },
  {
    name: 'creates',
    files: [
      'graphql/mutations/bulk-create.ts',
      'graphql/mutations/create-resolver.ts',
      'graphql/mutations/missing-references.ts',
    ],
    tests: [
      'graphql/mutations/token-target',
      'graphql/mutations/bulk',
      'graphql/mutations/bulk-refusals',
      'graphql/mutations/create',
      'graphql/mutations/idempotency',
      'graphql/mutations/refusals',
      'graphql/mutations/validate-only',
      'server/telemetry/audit',
    ],
  },
  {
    name: 'changes',
    files: [
      'graphql/mutations/lost-answer.ts',
      'graphql/mutations/token-revocation.ts',
      'graphql/mutations/token-target.ts',
      'graphql/mutations/token-update.ts',
    ],
    tests: ['graphql/mutations/lost-changes', 'graphql/mutations/update-revoke'],
  },
  {
    name: 'federation',
    files: ['graphql/federation/representation.ts', 'graphql/federation/router-fields.ts'],
    tests: [
      'graphql/federation/entities',
      'graphql/federation/service',
      'graphql/types/objects',
      'security/representations',
    ],
  },
  {
    name: 'failures',
    files: ['applivery/envelope.ts', 'applivery/failures.ts', 'server/errors/error-handling.ts'],
    tests: [
      'applivery/envelope',
      'applivery/failures',
      'applivery/mdm-users',
      'rest/transport',
      'faults/odd-answers',
      'platforms/odd-values',
      'server/limits/many-ids',
      'server/errors/error-handling',
    ],
  },
];
