import type { Schedule } from './control/activity.ts';
import type { OrganizationSeeds } from './data/seed-organization.ts';
import type { Embeds } from './data/seed-tokens.ts';
import type { Faults } from './faults.ts';
import type { Document, JsonObject } from './json.ts';
import type { Organization, PlatformStore } from './organization.ts';
import type { PlatformSandbox } from './platform.ts';
import type { LoggedRequest } from './request-log.ts';

export interface SandboxOptions {
  readonly platforms: readonly PlatformSandbox[];
  /** Determines all data, ids and keys. Default: 1. */
  readonly seed?: number;
  /** The time that the data is invented for. The newest tokens are some minutes older. Default: the start. */
  readonly now?: Date;
  /** The clock for objects that are created later. Default: it runs on from `now`. */
  readonly clock?: () => Date;
  /** Tokens of all platforms together. Default: 5,000. */
  readonly tokens?: number;
  /** Policies of all platforms together. Default: 40. */
  readonly policies?: number;
  /** Default: 300. */
  readonly users?: number;
  /** How much of policies and users the seeded tokens embed. Default: `mixed`. */
  readonly embeds?: Embeds;
  /** Whether some seeded tokens and users have the oddities that the documentation shows. Default: true. */
  readonly oddities?: boolean;
  /** Orders texts in sorted lists. Default: by code unit. */
  readonly collate?: (left: string, right: string) => number;
  /** Requests per hour of an organization. Default: no limit. */
  readonly requestsPerHour?: number;
  /** Whether a read of a revoked token answers 404. Default: false. */
  readonly hidesDeleted?: boolean;
  /** About this often a pending token is enrolled, and now and then a token is created or revoked. Default: never. */
  readonly activitySeconds?: number;
  /** The URL that is called when a token is created, or a device enrolls. Default: none. */
  readonly webhook?: string;
  /** Calls back once after the delay, and returns a function that cancels the call. Default: the system's timer. */
  readonly schedule?: Schedule;
  /** Operations that the API does not have (404/1002). `*` stands for any characters. */
  readonly switchedOff?: readonly string[];
}

/** The options of a further organization. */
export type OrganizationOptions = Partial<Omit<OrganizationSeeds, 'now'>> & {
  readonly slug: string;
};

/** A server that behaves like the REST API. Tests change its data and add faults while it runs. */
export interface Sandbox {
  /** Port 0 takes a free port. */
  readonly listen: (
    port?: number,
    host?: string,
  ) => Promise<{
    /** Where the control routes are, below `/sandbox`. */
    readonly url: string;
    /** The base URL of the API, with `/v1`. */
    readonly baseUrl: string;
  }>;
  /** Closes the port and all open connections. */
  readonly close: () => Promise<void>;
  /** A key of the first organization with every permission. */
  readonly apiKey: string;
  readonly organizationId: string;
  readonly organizationSlug: string;
  /** The first organization with its data. Tests may change its collections. */
  readonly organization: Organization;
  /** The first organization's tokens and policies on one platform. */
  readonly platform: (key: string) => PlatformStore;
  readonly addOrganization: (options: OrganizationOptions) => Organization;
  /** Creates a key. Default: of the first organization, with every permission. */
  readonly addKey: (options?: {
    readonly organization?: Organization;
    readonly permissions?: readonly string[];
  }) => string;
  readonly revokeKey: (key: string) => void;
  /** Stores a pending token without oddities, with these fields of the platform's own names changed. */
  readonly addToken: (platform: string, fields?: JsonObject) => Document;
  /** Oldest first. */
  readonly requests: () => readonly LoggedRequest[];
  readonly clearRequests: () => void;
  /** Calls a function before each request is answered, and awaits it. Returns a function that stops this. */
  readonly onRequest: (listener: (request: LoggedRequest) => void | Promise<void>) => () => void;
  readonly faults: Faults;
  /** Sets the URL that is called when a token is created, or a device enrolls. Null: none. */
  readonly setWebhook: (url: string | null) => void;
  /** Null: no limit. */
  readonly setQuota: (requestsPerHour: number | null) => void;
  /** Makes these operations answer 404/1002. `*` stands for any characters. */
  readonly switchOff: (pattern: string) => void;
  readonly switchOn: (pattern: string) => void;
}
