import type { Random } from './data/random.ts';
import type { Organization } from './organization.ts';
import { matchesPattern } from './router.ts';

/** A key of a service account: of one organization, allowed what its patterns match. */
export interface Key {
  readonly organization: Organization;
  readonly permissions: readonly string[];
}

export interface KeyRing {
  /**
   * Makes a key; all permissions where none are named. `*` in a pattern stands for any run of
   * characters.
   */
  readonly add: (organization: Organization, permissions?: readonly string[]) => string;
  readonly find: (secret: string) => Key | undefined;
  /** From now on the key is refused. */
  readonly revoke: (secret: string) => void;
}

export const isAllowed = ({ permissions }: Key, permission: string | null): boolean =>
  permission === null || permissions.some((pattern) => matchesPattern(pattern, permission));

/** Creates the keys' store. Keys are plainly fake, and the same for the same random source. */
export const createKeyRing = (random: Random): KeyRing => {
  const keys = new Map<string, Key>();
  return {
    add: (organization, permissions = ['*']) => {
      const secret = `sandbox-${random.hex(32)}`;
      keys.set(secret, { organization, permissions });
      return secret;
    },
    find: (secret) => keys.get(secret),
    revoke: (secret) => {
      keys.delete(secret);
    },
  };
};
