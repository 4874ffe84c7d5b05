import type { Collection } from './data/collection.ts';
import type { Random } from './data/random.ts';
import type { Owner, PlatformSandbox } from './platform.ts';

/** An organization's data on one platform. */
export interface PlatformStore {
  readonly platform: PlatformSandbox;
  readonly owner: Owner;
  readonly tokens: Collection;
  readonly policies: Collection;
}

/** The number of a user's devices and tokens on one platform. */
export interface UserCounts {
  readonly devices: number;
  readonly tokens: number;
  readonly pending: number;
}

/** One organization of the API with its data. */
export interface Organization {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly users: Collection;
  /** Throws if the sandbox has no such platform. */
  readonly platform: (key: string) => PlatformStore;
  readonly platforms: readonly PlatformStore[];
  /** The source of ids, links and codes of objects that are created later. */
  readonly random: Random;
  /** Cached until the platform's tokens change. */
  readonly countsOf: (store: PlatformStore, userId: string) => UserCounts;
}
