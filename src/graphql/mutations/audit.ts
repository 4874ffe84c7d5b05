import { GatewayError } from '../../domain/errors.ts';
import type { OrganizationId } from '../../domain/organization.ts';
import type { EnrollmentToken } from '../../domain/token.ts';
import type { GatewayContext } from '../context.ts';
import type { UserError } from '../user-errors.ts';

/** What the audit log is told of one mutation. */
export interface AuditEntry {
  readonly mutation: string;
  /** Null where the mutation ended before it was known. */
  readonly organizationId: OrganizationId | null;
  /** As the caller gave it: it is only ever hashed. */
  readonly idempotencyKey: string | null;
  readonly validateOnly: boolean;
  /** `OK`, or the code of the first thing that went wrong. */
  readonly outcome: string;
  readonly replayed: boolean;
  /** The token's id in the REST API, where the mutation answered with one. */
  readonly tokenId: string | null;
  /** Tokens made in bulk, as the API counted them; null for what is no bulk. */
  readonly success: number | null;
}

interface AuditedInput {
  readonly idempotencyKey?: string | null | undefined;
  readonly validateOnly?: boolean | null | undefined;
}

interface AuditedPayload {
  readonly userErrors: readonly UserError[];
  readonly enrollmentToken?: EnrollmentToken | null;
  readonly replayed?: boolean;
  readonly success?: number;
}

/** Tells which organization a mutation is about, as soon as that is known. */
export type NoteOrganization = (organizationId: OrganizationId) => void;

/** Runs a mutation and tells the audit log of it, however it ends: one entry a mutation. */
export const audited = async <Payload extends AuditedPayload>(
  { audit }: GatewayContext,
  mutation: string,
  input: AuditedInput,
  run: (note: NoteOrganization) => Promise<Payload>,
): Promise<Payload> => {
  let organizationId: OrganizationId | null = null;
  const tell = (outcome: string, payload: AuditedPayload | null) =>
    audit({
      mutation,
      organizationId,
      idempotencyKey: input.idempotencyKey ?? null,
      validateOnly: input.validateOnly ?? false,
      outcome,
      replayed: payload?.replayed ?? false,
      tokenId: payload?.enrollmentToken?.sourceId ?? null,
      success: payload?.success ?? null,
    });
  try {
    const payload = await run((id) => {
      organizationId = id;
    });
    tell(payload.userErrors[0]?.code ?? 'OK', payload);
    return payload;
  } catch (error) {
    tell(error instanceof GatewayError ? error.code : 'INTERNAL_SERVER_ERROR', null);
    throw error;
  }
};
