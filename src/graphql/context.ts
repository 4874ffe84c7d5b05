import type { ChangeRequest, ChangeStream } from '../changes/types.ts';
import type { BulkCreateOnce } from '../creation/bulk-creation.ts';
import type { CreateOnce } from '../creation/creation.ts';
import type { GatewayError } from '../domain/errors.ts';
import type { MdmUsers } from '../domain/mdm-user.ts';
import type { ClientOperation, Operation, SavingCause, UpstreamCall } from '../domain/operation.ts';
import type { OrganizationId, Organizations } from '../domain/organization.ts';
import type { Platform } from '../domain/platform.ts';
import type { EnrollmentToken } from '../domain/token.ts';
import type { Loaders } from '../lookups/loaders.ts';
import type { PageLimits } from '../paging/types.ts';
import type { FailureLimit } from './failure-limit.ts';
import type { DrawQrCode } from './types/qr-code.ts';

/** The upstream calls that one operation made, and those that it did not need. */
export interface Ledger {
  readonly calls: readonly UpstreamCall[];
  /** The number of calls that were not needed, by the reason. */
  readonly saved: Readonly<Record<SavingCause, number>>;
}

/** The entry of one mutation in the audit log. */
export interface AuditEntry {
  readonly mutation: string;
  /** Null if the mutation ended before the organization was known. */
  readonly organizationId: OrganizationId | null;
  /** The key as the caller gave it. The log shows only a hash of it. */
  readonly idempotencyKey: string | null;
  readonly validateOnly: boolean;
  /** `OK`, or the code of the first error. */
  readonly outcome: string;
  readonly replayed: boolean;
  /** The REST API's id of the token in the payload; null if the payload has none. */
  readonly tokenId: string | null;
  /** The number of tokens that a bulk create made, as the API counted them; null for other mutations. */
  readonly success: number | null;
}

/** The parts that make creates safe to repeat. */
export interface Creations {
  readonly createOnce: CreateOnce<EnrollmentToken>;
  readonly bulkCreateOnce: BulkCreateOnce;
  /** The number of addresses in one bulk call to the API. */
  readonly bulkChunkSize: number;
  /** A signal that stops the chunks of a bulk create: the operation's time is nearly over, or the process ends. */
  readonly bulkSignal: (operation: Operation) => AbortSignal;
  /**
   * The caller that idempotency keys belong to; only a hash of it is stored. Throws UnauthenticatedError if the operation
   * has no caller.
   */
  readonly caller: () => string;
}

/** The context of the resolvers. Each operation has its own. */
export interface GatewayContext {
  readonly requestId: string;
  readonly operation: ClientOperation;
  /** Throws a GatewayError if the caller lacks this access. The message contains `needed`, which names what needs it. */
  readonly authorize: (access: 'read' | 'write', needed: string) => void;
  /** When the caller's credential is no longer accepted, in milliseconds since the epoch; null if that is not known. */
  readonly credentialExpiresAtMs: number | null;
  /** Whether the API, or the gateway in the case of a JWT, has accepted the caller's credential so far. */
  readonly isCallerAuthenticated: () => boolean;
  /** A keyed hash of the caller's credential or identity, which distinguishes callers in the log; null without a caller. */
  readonly fingerprint: string | null;
  readonly ledger: Ledger;
  readonly platforms: readonly Platform[];
  readonly users: MdmUsers;
  readonly organizations: Organizations;
  /** The id or slug of the configured default organization. */
  readonly defaultOrganization: string | undefined;
  readonly loaders: Loaders;
  readonly failures: FailureLimit;
  /** Resolves in an iteration of the event loop in which no other large page is completed. */
  readonly waitForTurn: () => Promise<void>;
  readonly creations: Creations;
  /** Follows the tokens of an organization for the caller. */
  readonly followTokens: (
    organizationId: OrganizationId,
    request: ChangeRequest<EnrollmentToken>,
  ) => Promise<ChangeStream<EnrollmentToken>>;
  /** Creates the context of one event of a subscription: the same caller and request, and all else anew. */
  readonly forEvent: () => GatewayContext;
  readonly drawQrCode: DrawQrCode;
  /** Writes an entry to the audit log. */
  readonly audit: (entry: AuditEntry) => void;
  readonly limits: PageLimits;
  /** Called with the reason if a user or policy is null because it could not be looked up. */
  readonly onMissing: (noun: 'user' | 'policy', reason: GatewayError) => void;
  /** Called for each irregularity in the API's answers that the gateway tolerated. */
  readonly onSurprise: (kind: string) => void;
  /** Called with an error of a platform that is no GatewayError. It is a bug; the page lacks only that platform. */
  readonly onBug: (platform: string, error: unknown) => void;
  /** Called with the number of upstream items that a connection read. */
  readonly onScan: (items: number) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}
