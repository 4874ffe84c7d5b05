import type { ListRequest, SortDirection } from '../domain/list.ts';
import type { TokenChange, TokenDraft, TokenListRequest } from '../domain/platform.ts';
import type { TokenOrderField } from '../domain/token.ts';

/** A flat JSON body; the API takes no nesting but what a field itself asks for. */
export type RequestBody = Readonly<Record<string, unknown>>;

const directions = { ascending: 'asc', descending: 'desc' } as const satisfies Record<
  SortDirection,
  string
>;

/** The only keys ever sent as `sort`: which ones the API sorts by is not documented (CONTRACT 7, row 25). */
const tokenSortKeys = {
  createdAt: 'createdAt',
  updatedAt: 'updatedAt',
  expiresAt: 'expireAt',
  displayName: 'displayName',
} as const satisfies Record<TokenOrderField, string>;

const pageQuery = (request: ListRequest<string>, sortKey: string): Record<string, string> => ({
  page: String(request.page),
  limit: String(request.limit),
  sort: `${sortKey}:${directions[request.sort.direction]}`,
});

/** The query of a token list; `policyFilter` is the platform's own name of the filter by policy. */
export const tokenListQuery = (
  request: TokenListRequest,
  policyFilter: string,
): Record<string, string> => {
  const { userId, policyId, includeDeleted } = request.filter;
  return {
    ...pageQuery(request, tokenSortKeys[request.sort.field]),
    ...(userId === undefined ? {} : { 'mdm-user': userId }),
    ...(policyId === undefined ? {} : { [policyFilter]: policyId }),
    // What `false` means there is not documented (CONTRACT 7, row 26).
    ...(includeDeleted ? { 'show-deleted': 'true' } : {}),
  };
};

/** The query of a policy list. */
export const policyListQuery = (request: ListRequest): Record<string, string> =>
  pageQuery(request, request.sort.field);

/** A body without the keys that have no value: what is undefined is not sent. */
export const withoutAbsent = (body: RequestBody): RequestBody =>
  Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));

/** The API takes `""` for some texts and does not say what it does with it (CONTRACT 7, row 22). */
const textOrAbsent = (text: string | undefined): string | undefined =>
  text === '' ? undefined : text;

/** The part of a create's body that is the same on every platform. */
export const draftBody = (draft: TokenDraft): RequestBody =>
  withoutAbsent({
    sendEmail: draft.sendEmail,
    displayName: textOrAbsent(draft.displayName),
    tags: draft.tags,
    duration: draft.durationSeconds,
    language: textOrAbsent(draft.language),
    emailText: textOrAbsent(draft.emailText),
    segmentId: draft.segmentId,
  });

/**
 * The part of an update's body that is the same on every platform. What an absent key does to a token is not
 * documented (CONTRACT 7, row 21). A name that is no more is sent as `""`, the only way there is to clear it and one
 * that the API takes; for a segment there is none, and a token without one has none to send.
 */
export const changeBody = (change: TokenChange): RequestBody =>
  withoutAbsent({
    displayName: change.displayName ?? '',
    tags: change.tags,
    segmentId: change.segmentId ?? undefined,
  });
