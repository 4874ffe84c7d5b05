import { surelyHadNoEffect } from '../domain/errors.ts';
import type { MdmUsers } from '../domain/mdm-user.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { Platform, TokenDraft } from '../domain/platform.ts';
import type { SharedReads } from './shared-reads.ts';

/**
 * The same platform with shared reads. A write through it ends the sharing when the write ends, unless it surely had no
 * effect. Reads that start later do not join a read that started before.
 */
export const sharePlatformReads = <Draft extends TokenDraft>(
  platform: Platform<Draft>,
  sharedReads: SharedReads,
): Platform<Draft> => {
  const recordWrite = async <Value>(
    organizationId: OrganizationId,
    write: () => Promise<Value>,
  ): Promise<Value> => {
    // Without this, a stranger's refused writes would make replicas read, with the credentials of those who may.
    let isChange = true;
    try {
      return await write();
    } catch (error) {
      isChange = !surelyHadNoEffect(error);
      throw error;
    } finally {
      if (isChange) sharedReads.recordWrite(organizationId);
    }
  };
  return {
    key: platform.key,
    listTokens: sharedReads.share((...read) => platform.listTokens(...read)),
    getToken: sharedReads.share((...read) => platform.getToken(...read)),
    findToken: (...search) => platform.findToken(...search),
    listPolicies: sharedReads.share((...read) => platform.listPolicies(...read)),
    getPolicy: sharedReads.share((...read) => platform.getPolicy(...read)),
    createToken: (operation, organizationId, ...rest) =>
      recordWrite(organizationId, () => platform.createToken(operation, organizationId, ...rest)),
    bulkCreateTokens: (operation, organizationId, ...rest) =>
      recordWrite(organizationId, () =>
        platform.bulkCreateTokens(operation, organizationId, ...rest),
      ),
    updateToken: (operation, organizationId, ...rest) =>
      recordWrite(organizationId, () => platform.updateToken(operation, organizationId, ...rest)),
    revokeToken: (operation, organizationId, ...rest) =>
      recordWrite(organizationId, () => platform.revokeToken(operation, organizationId, ...rest)),
  };
};

/** The same users with shared reads. */
export const shareUserReads = (users: MdmUsers, sharedReads: SharedReads): MdmUsers => ({
  list: sharedReads.share((...read) => users.list(...read)),
  get: sharedReads.share((...read) => users.get(...read)),
});
