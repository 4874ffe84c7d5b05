import type { Collection } from './data/collection.ts';
import type { Random } from './data/random.ts';
import type { Owner, PlatformSandbox } from './platform.ts';

/** What an organization has on one platform. */
export interface PlatformStore {
  readonly platform: PlatformSandbox;
  readonly owner: Owner;
  readonly tokens: Collection;
  readonly policies: Collection;
}

/** A user's devices and tokens on one platform. */
export interface UserCounts {
  readonly devices: number;
  readonly tokens: number;
  readonly pending: number;
}

/** One customer of the API, and all that is stored for it. */
export interface Organization {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly users: Collection;
  /** Throws where the sandbox has no such platform. */
  readonly platform: (key: string) => PlatformStore;
  readonly platforms: readonly PlatformStore[];
  /** For the ids, links and codes of what is created later. */
  readonly random: Random;
  /** Recounted only after the platform's tokens have changed. */
  readonly countsOf: (store: PlatformStore, userId: string) => UserCounts;
}
