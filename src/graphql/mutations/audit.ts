import { GatewayError } from '../../domain/errors.ts';
import type { OrganizationId } from '../../domain/organization.ts';
import type { EnrollmentToken } from '../../domain/token.ts';
import type { GatewayContext } from '../context.ts';
import type { UserError } from '../user-errors.ts';

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

/** Reports the organization of a mutation as soon as it is known. */
export type ReportOrganization = (organizationId: OrganizationId) => void;

/** Runs a mutation and writes one entry to the audit log, also if the mutation throws. */
export const runAudited = async <Payload extends AuditedPayload>(
  { audit }: GatewayContext,
  mutation: string,
  input: AuditedInput,
  run: (reportOrganization: ReportOrganization) => Promise<Payload>,
): Promise<Payload> => {
  let organizationId: OrganizationId | null = null;
  const write = (outcome: string, payload: AuditedPayload | null) =>
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
    write(payload.userErrors[0]?.code ?? 'OK', payload);
    return payload;
  } catch (error) {
    write(error instanceof GatewayError ? error.code : 'INTERNAL_SERVER_ERROR', null);
    throw error;
  }
};
