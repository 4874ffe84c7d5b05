import { type InputFault, InputRejectedError } from '../../domain/errors.ts';
import type { OrganizationId } from '../../domain/organization.ts';
import { type PlatformKey, toPlatformKey } from '../../domain/platform-key.ts';
import { toTokenId } from '../../domain/token.ts';
import type { TokenKey } from '../../lookups/loaders.ts';
import type { GatewayContext } from '../context.ts';
import type { Entities, MissingPlatform } from '../types/entity.ts';
import { findKnownOrganization, resolveOrganization } from './organization-argument.ts';

/** The arguments that name one token. */
export interface TokenArguments {
  readonly id: string;
  readonly platform?: string | null | undefined;
  readonly organizationId?: string | null | undefined;
}

const organizationFault = (inId: OrganizationId, name: string): InputFault => ({
  path: ['organizationId'],
  message: `id belongs to the organization ${inId}, but organizationId is ${name}. Leave organizationId out.`,
});

/**
 * Reads the arguments that name one token. An id of this gateway has the platform and the organization. With an id of the REST
 * API, the other arguments give them. Throws InputRejectedError if they contradict the id. One upstream call if
 * `organizationId` is a slug that was not looked up before.
 */
export const readTokenArguments = async (
  context: GatewayContext,
  entities: Entities,
  { id, platform: chosen, organizationId: name }: TokenArguments,
): Promise<TokenKey> => {
  const given: PlatformKey | MissingPlatform =
    chosen == null ? { toAdd: 'platform' } : toPlatformKey(chosen);
  const reference = entities.decodeInPlace('token', id, ['id'], given);
  const { platform, organizationId: inId, sourceId } = reference;

  const faults: InputFault[] = [];
  if (chosen != null && chosen !== platform) {
    faults.push({
      path: ['platform'],
      message: `id is the id of a token of ${platform}, but platform is ${chosen}. Leave platform out.`,
    });
  }
  const known = findKnownOrganization(name);
  if (inId !== null && known !== null && inId !== known)
    faults.push(organizationFault(inId, known));
  if (faults.length > 0) throw new InputRejectedError(faults);

  const isOrganizationInId = inId !== null && name == null;
  const organizationId = isOrganizationInId ? inId : await resolveOrganization(context, name);
  if (inId !== null && inId !== organizationId) {
    throw new InputRejectedError([organizationFault(inId, name ?? organizationId)]);
  }
  return { platform, organizationId, id: toTokenId(sourceId) };
};
