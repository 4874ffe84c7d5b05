import type { OrganizationSeeds } from './data/seed-organization.ts';
import type { Embeds } from './data/seed-tokens.ts';
import type { Faults } from './faults.ts';
import type { Document, JsonObject } from './json.ts';
import type { Organization, PlatformStore } from './organization.ts';
import type { PlatformSandbox } from './platform.ts';
import type { LoggedRequest } from './request-log.ts';

export interface SandboxOptions {
  readonly platforms: readonly PlatformSandbox[];
  /** Decides all data, ids and keys; 1 where left out. */
  readonly seed?: number;
  /**
   * The moment the data is invented for: the newest tokens are some minutes older. The start where
   * left out.
   */
  readonly now?: Date;
  /** Dates what is created later; where left out it runs on from `now`. */
  readonly clock?: () => Date;
  /** Tokens over all platforms; 5,000 where left out. */
  readonly tokens?: number;
  /** Policies over all platforms; 40 where left out. */
  readonly policies?: number;
  /** 300 where left out. */
  readonly users?: number;
  /** How much of policies and users the seeded tokens embed; `mixed` where left out. */
  readonly embeds?: Embeds;
  /**
   * Whether some seeded tokens and users are as odd as the documentation shows; true where left
   * out.
   */
  readonly oddities?: boolean;
  /** Orders texts where a list is sorted; by code unit where left out. */
  readonly collate?: (left: string, right: string) => number;
  /** Requests an hour for an organization; any number where left out. */
  readonly requestsPerHour?: number;
  /** Whether getting a revoked token answers 404 in place of the token; false where left out. */
  readonly hidesDeleted?: boolean;
  /** Operations that the API does not have (404/1002); `*` stands for any run of characters. */
  readonly switchedOff?: readonly string[];
}

/** What may differ in a further organization. */
export type OrganizationOptions = Partial<Omit<OrganizationSeeds, 'now'>> & {
  readonly slug: string;
};

/**
 * A running stand-in for the REST API. Tests change what it stores, and break it, while it runs.
 */
export interface Sandbox {
  /** `port` 0 takes a free one. */
  readonly listen: (port?: number, host?: string) => Promise<{ readonly baseUrl: string }>;
  /** Drops open connections. */
  readonly close: () => Promise<void>;
  /** A key of the first organization with every permission. */
  readonly apiKey: string;
  readonly organizationId: string;
  readonly organizationSlug: string;
  /** The first organization and all that is stored for it; change its collections at will. */
  readonly organization: Organization;
  /** The first organization's tokens and policies on one platform. */
  readonly platform: (key: string) => PlatformStore;
  readonly addOrganization: (options: OrganizationOptions) => Organization;
  /** Makes a key; of the first organization and with every permission where it does not say. */
  readonly addKey: (options?: {
    readonly organization?: Organization;
    readonly permissions?: readonly string[];
  }) => string;
  readonly revokeKey: (key: string) => void;
  /** Stores a clean pending token in the platform's words, with these fields laid over it. */
  readonly addToken: (platform: string, fields?: JsonObject) => Document;
  /** Oldest first. */
  readonly requests: () => readonly LoggedRequest[];
  readonly clearRequests: () => void;
  /** Called before each request is answered, and waited for. Returns how to stop it. */
  readonly onRequest: (listener: (request: LoggedRequest) => void | Promise<void>) => () => void;
  readonly faults: Faults;
  /** Null: any number. */
  readonly setQuota: (requestsPerHour: number | null) => void;
  /** From now on these operations answer 404/1002; `*` stands for any run of characters. */
  readonly switchOff: (pattern: string) => void;
  readonly switchOn: (pattern: string) => void;
}
