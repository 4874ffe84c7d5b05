import { platforms } from '../../../src/platforms/registry.ts';
import type { Document } from '../../../src/sandbox/json.ts';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';

/** The sandbox's names of the platforms. */
export const platformKeys = platforms.map(({ key }) => key.toLowerCase());

/** A token in the sandbox, with its platform as the schema names it. */
export interface StoredToken {
  readonly platform: string;
  readonly document: Document;
}

type SortField = 'createdAt' | 'updatedAt' | 'expireAt' | 'displayName' | 'state';

/** Returns the tokens in the sandbox that its lists contain; revoked tokens only on request. */
export const storedTokens = (sandbox: Sandbox, includeDeleted = false): StoredToken[] =>
  platformKeys.flatMap((key) =>
    sandbox
      .platform(key)
      .tokens.all()
      .filter(({ state }) => includeDeleted || state !== 'DELETED')
      .map((document) => ({ platform: key.toUpperCase(), document })),
  );

const keyOf = ({ document }: StoredToken, field: SortField): string | null => {
  const value = document[field];
  if (typeof value !== 'string') return null;
  return field === 'displayName' || field === 'state'
    ? value
    : new Date(value.replace(/\s/g, '')).toISOString();
};

const compare = (left: string | null, right: string | null): number => {
  if (left === right) return 0;
  if (left === null) return -1;
  return right === null || left > right ? 1 : -1;
};

/** Sorts tokens in the order of the schema: by key (null first), then platform, then id; or in the exact reverse order. */
export const inOrder = (
  tokens: readonly StoredToken[],
  field: SortField = 'createdAt',
  direction: 'ASC' | 'DESC' = 'DESC',
): StoredToken[] =>
  tokens.toSorted(
    (left, right) =>
      (direction === 'ASC' ? 1 : -1) *
      (compare(keyOf(left, field), keyOf(right, field)) ||
        compare(left.platform, right.platform) ||
        compare(left.document.id, right.document.id)),
  );

export const idsOf = (tokens: readonly StoredToken[]): string[] =>
  tokens.map(({ document }) => document.id);
