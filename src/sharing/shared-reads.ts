import type { MdmUsers } from '../domain/mdm-user.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { Platform, TokenDraft } from '../domain/platform.ts';
import type { InFlight } from './in-flight.ts';

/**
 * The same platform, whose equal reads under way at the same time are made once for each credential. Any write through
 * it ends that when it ends, well or badly: what is read after it was asked for after it.
 */
export const shareReads = <Draft extends TokenDraft>(
  platform: Platform<Draft>,
  inFlight: InFlight,
): Platform<Draft> => {
  const endWrite = async <Value>(
    organizationId: OrganizationId,
    write: () => Promise<Value>,
  ): Promise<Value> => {
    try {
      return await write();
    } finally {
      inFlight.writeEnded(organizationId);
    }
  };
  return {
    key: platform.key,
    listTokens: inFlight.shared((...read) => platform.listTokens(...read)),
    getToken: inFlight.shared((...read) => platform.getToken(...read)),
    findToken: (...search) => platform.findToken(...search),
    listPolicies: inFlight.shared((...read) => platform.listPolicies(...read)),
    getPolicy: inFlight.shared((...read) => platform.getPolicy(...read)),
    createToken: (operation, organizationId, ...rest) =>
      endWrite(organizationId, () => platform.createToken(operation, organizationId, ...rest)),
    bulkCreateTokens: (operation, organizationId, ...rest) =>
      endWrite(organizationId, () => platform.bulkCreateTokens(operation, organizationId, ...rest)),
    updateToken: (operation, organizationId, ...rest) =>
      endWrite(organizationId, () => platform.updateToken(operation, organizationId, ...rest)),
    revokeToken: (operation, organizationId, ...rest) =>
      endWrite(organizationId, () => platform.revokeToken(operation, organizationId, ...rest)),
  };
};

/** The same users, whose equal reads under way at the same time are made once for each credential. */
export const shareUserReads = (users: MdmUsers, inFlight: InFlight): MdmUsers => ({
  list: inFlight.shared((...read) => users.list(...read)),
  get: inFlight.shared((...read) => users.get(...read)),
});
