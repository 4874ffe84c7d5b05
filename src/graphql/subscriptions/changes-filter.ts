import { type InputFault, InputRejectedError } from '../../domain/errors.ts';
import type { EnrollmentToken } from '../../domain/token.ts';
import { orSourceId } from '../global-id.ts';
import { followedIds, limitOf } from '../input-limits.ts';
import type { TokenFilter } from '../queries/token-filter.ts';
import type { SchemaParts } from '../schema-parts.ts';
import type { Entities } from '../types/entity.ts';

/** EnrollmentTokenChangesFilter as GraphQL passes it to the resolver. */
export interface ChangesFilterInput {
  readonly platforms?: readonly string[] | null | undefined;
  readonly userId?: string | null | undefined;
  readonly ids?: readonly string[] | null | undefined;
}

/** A filter that was read. */
export interface ChangesFilter extends Pick<TokenFilter, 'references'> {
  readonly matches: (token: EnrollmentToken) => boolean;
}

/** Adds EnrollmentTokenChangesFilter. */
export const defineChangesFilter = ({ builder, refs }: SchemaParts) =>
  builder.inputType('EnrollmentTokenChangesFilter', {
    description: 'A token must meet all given conditions, as it is after the change.',
    fields: (t) => ({
      platforms: t.field({
        type: [refs.platformInput],
        description: 'Only tokens of these platforms.',
      }),
      userId: t.id({
        description: `Only tokens of this user: the id of an MdmUser, ${orSourceId}.`,
      }),
      ids: t.idList({
        description: `Only these tokens: ids of EnrollmentToken, ${limitOf(followedIds)}.`,
      }),
    }),
  });

const keyOf = (platform: string, sourceId: string): string => `${platform} ${sourceId}`;

/** Runs a reader, and adds the faults that it throws. Null if it threw some. */
const collectFaults = <Value>(faults: InputFault[], read: () => Value): Value | null => {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof InputRejectedError)) throw error;
    faults.push(...error.faults);
    return null;
  }
};

const readIds = (entities: Entities, ids: readonly string[], faults: InputFault[]) => {
  const { success, error } = followedIds.safeParse(ids);
  if (!success) {
    const message = error.issues.map((issue) => issue.message).join(' ');
    faults.push({ path: ['filter', 'ids'], message });
    return [];
  }
  return ids.flatMap((id, index) => {
    const path = ['filter', 'ids', String(index)];
    const token = collectFaults(faults, () => entities.decodeKind('token', id, path));
    return token ? [{ ...token, path }] : [];
  });
};

/** Reads a filter without a call. InputRejectedError names every id that is malformed or of the wrong kind. */
export const readChangesFilter = (
  entities: Entities,
  input: ChangesFilterInput | null | undefined,
): ChangesFilter => {
  const { platforms, userId, ids } = input ?? {};
  const faults: InputFault[] = [];
  const userPath = ['filter', 'userId'];
  const user =
    userId == null
      ? null
      : collectFaults(faults, () => entities.decodeInPlace('user', userId, userPath, null));
  const tokens = ids == null ? null : readIds(entities, ids, faults);
  if (faults.length > 0) throw new InputRejectedError(faults);

  const chosenPlatforms = platforms && new Set(platforms);
  const chosenTokens =
    tokens && new Set(tokens.map((token) => keyOf(token.platform, token.sourceId)));
  return {
    matches: (token) =>
      (!chosenPlatforms || chosenPlatforms.has(token.platform)) &&
      (!user || token.user?.sourceId === user.sourceId) &&
      (!chosenTokens || chosenTokens.has(keyOf(token.platform, token.sourceId))),
    references: [...(user ? [{ ...user, path: userPath }] : []), ...(tokens ?? [])],
  };
};
