import type { ListRequest, SortDirection } from '../../domain/list.ts';
import type {
  PolicyAssignmentDraft,
  TokenChange,
  TokenDraft,
  TokenListRequest,
} from '../../domain/platform.ts';
import type { TokenOrderField } from '../../domain/token.ts';

/** A flat JSON body. Only the values of some keys are objects. */
export type RequestBody = Readonly<Record<string, unknown>>;

/** One platform's names of the request parts that every platform has. */
export interface RequestNames {
  /** The query parameter that filters the token list by policy. */
  readonly policyFilter: string;
  /** The body's key of the legacy single policy. */
  readonly legacyPolicy: string;
  /** The body's key of the list of policy assignments. */
  readonly policyAssignments: string;
  /** An assignment's key of its policy's id. */
  readonly assignedPolicyId: string;
}

const directions = { ascending: 'asc', descending: 'desc' } as const satisfies Record<
  SortDirection,
  string
>;

/** The gateway sends no other `sort` keys. Which keys the API sorts by is not documented (CONTRACT 7, row 25). */
const tokenSortKeys = {
  createdAt: 'createdAt',
  updatedAt: 'updatedAt',
  expiresAt: 'expireAt',
  displayName: 'displayName',
  state: 'state',
} as const satisfies Record<TokenOrderField, string>;

const pageQuery = (request: ListRequest<string>, sortKey: string): Record<string, string> => ({
  page: String(request.page),
  limit: String(request.limit),
  sort: `${sortKey}:${directions[request.sort.direction]}`,
});

/** The query of a token list. `policyFilter` is the platform's name of the filter by policy. */
export const tokenListQuery = (
  request: TokenListRequest,
  policyFilter: string,
): Record<string, string> => {
  const { userId, policyId, includeDeleted } = request.filter;
  return {
    ...pageQuery(request, tokenSortKeys[request.sort.field]),
    ...(userId === undefined ? {} : { 'mdm-user': userId }),
    ...(policyId === undefined ? {} : { [policyFilter]: policyId }),
    // Never sent as `false`: what that means is not documented (CONTRACT 7, row 26).
    ...(includeDeleted ? { 'show-deleted': 'true' } : {}),
  };
};

/** The query of a policy list. */
export const policyListQuery = (request: ListRequest): Record<string, string> =>
  pageQuery(request, request.sort.field);

/** Leaves out the keys whose value is undefined. */
export const withoutAbsent = (body: RequestBody): RequestBody =>
  Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));

/** The API accepts `""` for some texts and does not document what it does with it (CONTRACT 7, row 22). */
const textOrAbsent = (text: string | undefined): string | undefined =>
  text === '' ? undefined : text;

const assignmentList = (
  assignments: readonly PolicyAssignmentDraft[] | undefined,
  { assignedPolicyId }: RequestNames,
): readonly RequestBody[] | undefined =>
  assignments?.map(({ policyId, priority }) => ({ [assignedPolicyId]: policyId, priority }));

/** The keys and values of a body, by the domain's names. A field that is missing here does not compile. */
export type BodyParts<Sent> = { readonly [Key in keyof Required<Sent>]: RequestBody };

/** Joins the parts of a body, without the keys whose value is undefined. */
export const joinParts = (parts: Readonly<Record<string, RequestBody>>): RequestBody =>
  withoutAbsent(Object.fromEntries(Object.values(parts).flatMap((part) => Object.entries(part))));

/** The part of a create's body that every platform has, without the users. */
export const draftBody = (draft: TokenDraft, names: RequestNames): RequestBody => {
  const parts: BodyParts<TokenDraft> = {
    sendEmail: { sendEmail: draft.sendEmail },
    displayName: { displayName: textOrAbsent(draft.displayName) },
    tags: { tags: draft.tags },
    durationSeconds: { duration: draft.durationSeconds },
    language: { language: textOrAbsent(draft.language) },
    emailText: { emailText: textOrAbsent(draft.emailText) },
    segmentId: { segmentId: draft.segmentId },
    policyAssignments: {
      [names.policyAssignments]: assignmentList(draft.policyAssignments, names),
    },
  };
  return joinParts(parts);
};

/**
 * The body of an update. What an absent key does to a token is not documented (CONTRACT 7, row 21). A removed name is
 * sent as `""`, which the API accepts: there is no other way to clear it. A segment cannot be cleared, so it is left out
 * if the token has none. The legacy policy is left out if there is none: an update documents 24 digits only, and the API
 * could refuse the whole change because of `""`.
 */
export const changeBody = (change: TokenChange, names: RequestNames): RequestBody => {
  const parts: BodyParts<Omit<TokenChange, 'clearsLegacyPolicy'>> = {
    displayName: { displayName: change.displayName ?? '' },
    tags: { tags: change.tags },
    segmentId: { segmentId: change.segmentId ?? undefined },
    legacyPolicyId: {
      [names.legacyPolicy]: change.clearsLegacyPolicy ? '' : (change.legacyPolicyId ?? undefined),
    },
    policyAssignments: {
      [names.policyAssignments]: assignmentList(change.policyAssignments, names),
    },
  };
  return joinParts(parts);
};
