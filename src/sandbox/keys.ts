import type { Random } from './data/random.ts';
import type { Organization } from './organization.ts';
import { matchesPattern } from './router.ts';

/** A key of a service account. It belongs to one organization, and may do what its patterns match. */
export interface Key {
  readonly organization: Organization;
  readonly permissions: readonly string[];
}

export interface KeyRing {
  /** Creates a key. Default: all permissions. `*` in a pattern stands for any characters. */
  readonly add: (organization: Organization, permissions?: readonly string[]) => string;
  /** Oldest first. */
  readonly all: () => readonly (Key & { readonly secret: string })[];
  readonly find: (secret: string) => Key | undefined;
  /** Revokes the key. */
  readonly revoke: (secret: string) => void;
}

export const isAllowed = ({ permissions }: Key, permission: string | null): boolean =>
  permission === null || permissions.some((pattern) => matchesPattern(pattern, permission));

/** Creates the store of keys. Keys are visibly fake, and the same for the same random source. */
export const createKeyRing = (random: Random): KeyRing => {
  const keys = new Map<string, Key>();
  return {
    add: (organization, permissions = ['*']) => {
      const secret = `sandbox-${random.hex(32)}`;
      keys.set(secret, { organization, permissions });
      return secret;
    },
    all: () => Array.from(keys, ([secret, key]) => ({ secret, ...key })),
    find: (secret) => keys.get(secret),
    revoke: (secret) => {
      keys.delete(secret);
    },
  };
};
