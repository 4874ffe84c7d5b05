import type { BulkCreateOnce } from '../creation/bulk-creation.ts';
import type { CreateOnce } from '../creation/creation.ts';
import type { GatewayError } from '../domain/errors.ts';
import type { MdmUsers } from '../domain/mdm-user.ts';
import type { ClientOperation, Operation } from '../domain/operation.ts';
import type { Organizations } from '../domain/organization.ts';
import type { Platform } from '../domain/platform.ts';
import type { EnrollmentToken } from '../domain/token.ts';
import type { Loaders } from '../lookups/loaders.ts';
import type { PageLimits } from '../paging/types.ts';
import type { AuditEntry } from './mutations/audit.ts';

export type { AuditEntry } from './mutations/audit.ts';

import type { Ledger } from '../server/telemetry/ledger.ts';
import type { FailureLimit } from './failure-limit.ts';
import type { DrawQrCode } from './types/qr-code.ts';

/** What makes creates safe to repeat. */
export interface Creations {
  readonly createOnce: CreateOnce<EnrollmentToken>;
  readonly bulkCreateOnce: BulkCreateOnce;
  /** Addresses in one bulk call to the API. */
  readonly bulkChunkSize: number;
  /** Aborted when no further chunk of an operation's bulk may leave: its time is nearly up, or the process ends. */
  readonly bulkSignal: (operation: Operation) => AbortSignal;
  /** Whose idempotency keys these are: it is only ever hashed. Throws UnauthenticatedError where nobody asks. */
  readonly caller: () => string;
}

/** What every resolver may use; made anew for each operation. */
export interface GatewayContext {
  readonly requestId: string;
  readonly operation: ClientOperation;
  /** Throws a GatewayError if the caller may not have this access; `needed` says in the message what needs it. */
  readonly authorize: (access: 'read' | 'write', needed: string) => void;
  /** Whether something so far shows that the caller's credential is accepted, by the API or, as a JWT, by the gateway. */
  readonly isCallerAuthenticated: () => boolean;
  /** A keyed hash of the caller's credential or identity, which tells callers apart in the log; null where there is none. */
  readonly fingerprint: string | null;
  /** What it cost upstream so far. */
  readonly ledger: Ledger;
  readonly platforms: readonly Platform[];
  readonly users: MdmUsers;
  readonly organizations: Organizations;
  /** The configured default organization, id or slug. */
  readonly defaultOrganization: string | undefined;
  readonly loaders: Loaders;
  readonly failures: FailureLimit;
  /** Resolves in an iteration of the event loop that no other large page gets. */
  readonly takeTurn: () => Promise<void>;
  readonly creations: Creations;
  readonly drawQrCode: DrawQrCode;
  /** Writes the audit log. */
  readonly audit: (entry: AuditEntry) => void;
  readonly limits: PageLimits;
  /** Told why a field is null: what it stands for could not be looked up. */
  readonly onMissing: (noun: 'user' | 'policy', reason: GatewayError) => void;
  /** Told of every oddity of the API's answers that was tolerated. */
  readonly onSurprise: (kind: string) => void;
  /** Told of what a platform threw that is no GatewayError: a bug, which costs the page that platform only. */
  readonly onBug: (platform: string, error: unknown) => void;
  /** Told how many upstream items a connection read. */
  readonly onScan: (items: number) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}
