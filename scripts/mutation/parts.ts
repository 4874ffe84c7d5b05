/** A part of the gateway, and the tests that have to notice faults in it. */
export interface MutationPart {
  readonly name: string;
  /** Below src/. */
  readonly files: readonly string[];
  /**
   * Below test/, without the ending. Left out: tests of what only a process has, such as its limit of header sizes.
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
    files: ['sharing/in-flight.ts'],
    tests: ['sharing/in-flight'],
  },
  {
    name: 'shared-queries',
    files: ['server/limits/shared-queries.ts'],
    tests: ['server/limits/shared-queries'],
  },
  {
    name: 'caches',
    files: ['lookups/cached-lookup.ts', 'lookups/remembered.ts'],
    tests: ['lookups/cache', 'lookups/canary', 'lookups/loaders'],
  },
  {
    name: 'state',
    files: ['state/memory/*.ts', 'state/redis/{lookups,quota,records}.ts'],
    tests: [
      'state/connection',
      'state/creation-over-redis',
      'state/lookups',
      'state/quota',
      'state/records',
    ],
  },
  {
    name: 'creation',
    files: ['creation/creation.ts', 'creation/creation-claim.ts', 'creation/read-back.ts'],
    tests: [
      'graphql/mutations/lost-changes',
      'creation/bulk-creation',
      'creation/creation',
      'creation/creation-claim',
      'creation/creation-read-back',
    ],
  },
  {
    name: 'creates',
    files: [
      'graphql/mutations/unsent-bulk.ts',
      'graphql/mutations/create-request.ts',
      'graphql/mutations/missing-references.ts',
    ],
    tests: [
      'graphql/mutations/mutation-platform',
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
    files: [
      'graphql/federation/federation.ts',
      'graphql/federation/representation.ts',
      'graphql/federation/router-fields.ts',
    ],
    tests: [
      'graphql/federation/entities',
      'graphql/federation/service',
      'graphql/types/objects',
      'security/representations',
    ],
  },
  {
    name: 'failures',
    files: ['applivery/envelope.ts', 'applivery/failures.ts', 'server/error-handling.ts'],
    tests: [
      'applivery/envelope',
      'applivery/failures',
      'applivery/mdm-users',
      'rest/transport',
      'faults/odd-answers',
      'platforms/odd-values',
      'server/limits/many-ids',
      'server/errors',
    ],
  },
];
