import { z } from 'zod';
import { encodeTypeAndKey } from '../../../src/graphql/global-id.ts';
import { platforms } from '../../../src/platforms/registry.ts';
import type { Document } from '../../../src/sandbox/json.ts';
import type { SandboxOptions } from '../../../src/sandbox/sandbox.ts';
import {
  type AskOptions,
  type Gateway,
  startWorld,
  type World,
} from '../../support/gateway/gateway.ts';
import { createGate } from '../../support/time/manual-clock.ts';

/** The fields of a token that tests read. */
const token = z.looseObject({ id: z.string(), sourceId: z.string() });

const userError = z.object({
  __typename: z.string(),
  code: z.string(),
  message: z.string(),
  path: z.array(z.string()).nullable(),
  retryAfterSeconds: z.number().optional(),
  candidates: z.array(token).optional(),
});

const result = z.object({
  email: z.string(),
  outcome: z.string(),
  enrollmentToken: token.nullable(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
});

const payload = z.object({
  enrollmentToken: token.nullable().optional(),
  userErrors: z.array(userError),
  replayed: z.boolean().optional(),
  total: z.number().optional(),
  success: z.number().optional(),
  fail: z.number().optional(),
  results: z.array(result).optional(),
});

export type Payload = z.infer<typeof payload>;

export type MutationName =
  | 'createWindowsEnrollmentToken'
  | 'createAppleEnrollmentToken'
  | 'bulkCreateWindowsEnrollmentTokens'
  | 'bulkCreateAppleEnrollmentTokens'
  | 'updateEnrollmentToken'
  | 'revokeEnrollmentToken';

/** The fields that tests compare. With fragments, a selection can name the fields of both platforms. */
export const tokenFields = `... on EnrollmentToken {
  __typename id sourceId organizationId platform displayName tags state isUsable createdAt updatedAt expiresAt
  enrollmentLink enrollmentCode sendEmail emailText segmentId
  user { id sourceId email }
  policyAssignments { priority policySourceId policy { id name } }
  ... on AppleEnrollmentToken {
    vppLocation { id }
    profiles { id }
    applications {
      applicationId managed vpp iosApp action actionStatus configuration updatePolicy
      scripts { preInstall postInstall audit enforce runner }
    }
  }
}`;

const errorFields = `
  __typename code message path
  ... on MdmRateLimitError { retryAfterSeconds }
  ... on MdmOutcomeUnknownError { candidates { id sourceId displayName enrollmentLink } }`;

export const withResults = `total success fail replayed userErrors { ${errorFields} }
  results { email outcome enrollmentToken { id sourceId } error { code message } }`;

const selections: Readonly<Record<MutationName, string>> = {
  createWindowsEnrollmentToken: `enrollmentToken { ${tokenFields} } replayed userErrors { ${errorFields} }`,
  createAppleEnrollmentToken: `enrollmentToken { ${tokenFields} } replayed userErrors { ${errorFields} }`,
  bulkCreateWindowsEnrollmentTokens: `total success fail replayed userErrors { ${errorFields} }`,
  bulkCreateAppleEnrollmentTokens: `total success fail replayed userErrors { ${errorFields} }`,
  updateEnrollmentToken: `enrollmentToken { ${tokenFields} } userErrors { ${errorFields} }`,
  revokeEnrollmentToken: `enrollmentToken { id sourceId state } userErrors { ${errorFields} }`,
};

export interface MutateOptions extends Omit<AskOptions, 'variables'> {
  /** The selection on the payload. */
  readonly selection?: string;
}

/** Sends one mutation to a gateway. The gateway may refuse the whole operation. */
export const ask = (
  gateway: Pick<Gateway, 'ask'>,
  name: MutationName,
  input: object,
  { selection = selections[name], ...options }: MutateOptions = {},
) => {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
  const document = `mutation Write($input: ${type}!) { payload: ${name}(input: $input) { ${selection} } }`;
  return gateway.ask(document, { ...options, variables: { input } });
};

/** Sends one mutation and returns its payload. Throws if the whole operation failed. */
export const mutate = async (
  gateway: Pick<Gateway, 'ask'>,
  name: MutationName,
  input: object,
  options: MutateOptions = {},
): Promise<Payload> => {
  const { data, errors } = await ask(gateway, name, input, options);
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  return z.object({ payload }).parse(data).payload;
};

/** Code, kind and path of each user error. */
export const faultsOf = ({ userErrors }: Payload) =>
  userErrors.map(({ code, path }) => [code, path?.join('.') ?? null]);

/** The write requests that reached the API. */
export const writesOf = ({ sandbox }: Pick<World, 'sandbox'>) =>
  sandbox
    .requests()
    .filter(({ method }) => method !== 'GET')
    .map(({ operation, body }) => ({ operation, body }));

export interface Named {
  /** The gateway's id. */
  readonly id: string;
  readonly sourceId: string;
}

export interface WriteWorld extends World {
  /** The gateway's ids of the users and policies of the organization. */
  readonly users: readonly (Named & { readonly email: string })[];
  readonly windowsPolicies: readonly Named[];
  readonly applePolicies: readonly Named[];
}

/** An entry of a list. Throws if it does not exist. */
export const at = <Item>(items: readonly Item[], index: number): Item => {
  const item = items[index];
  if (item === undefined) throw new Error(`There is no entry ${index}.`);
  return item;
};

/** The gateway's id of an object in the sandbox's first organization. */
export const globalId = (
  { sandbox }: Pick<World, 'sandbox'>,
  typename: string,
  sourceId: string,
): string => encodeTypeAndKey(typename, `${sandbox.organizationId}:${sourceId}`);

/** For tests that delay an answer while a busy machine sends 1,000 calls. */
export const ampleTime = { REQUEST_TIMEOUT_MS: '110000', UPSTREAM_TIMEOUT_MS: '100000' };

/**
 * Makes a thousand calls at once, on the gateways in turn. The API answers writes once all calls are under way. After
 * each hundred calls, it waits until the gateways answer another operation.
 */
export const callManyTimes = async <Caller extends Pick<Gateway, 'ask'>>(
  { sandbox }: Pick<World, 'sandbox'>,
  gateways: readonly Caller[],
  call: (gateway: Caller) => Promise<Payload>,
): Promise<readonly Payload[]> => {
  const { opened, open } = createGate();
  const stop = sandbox.onRequest(({ method }) => (method === 'POST' ? opened : undefined));
  const calls: Promise<Payload>[] = [];
  while (calls.length < 1_000) {
    calls.push(call(at(gateways, calls.length % gateways.length)));
    if (calls.length % 100 === 0) {
      await Promise.all(gateways.map((gateway) => gateway.ask('{ __typename }')));
    }
  }
  open();
  const answers = await Promise.all(calls);
  stop();
  return answers;
};

/** A gateway in front of a small sandbox, and the ids that mutations need. */
export const startWriteWorld = async (
  options: Partial<SandboxOptions> = {},
  environment: Readonly<Record<string, string>> = {},
): Promise<WriteWorld> => {
  const world = await startWorld(
    {
      oddities: false,
      tokens: 6 * platforms.length,
      users: 20,
      policies: 4 * platforms.length,
      ...options,
    },
    environment,
  );
  const { organization, platform } = world.sandbox;
  const named = (typename: string, { id }: Document): Named => ({
    id: globalId(world, typename, id),
    sourceId: id,
  });
  return {
    ...world,
    users: organization.users
      .all()
      .map((user) => ({ ...named('MdmUser', user), email: String(user['email']) })),
    windowsPolicies: platform('windows')
      .policies.all()
      .map((policy) => named('WindowsPolicy', policy)),
    applePolicies: platform('apple')
      .policies.all()
      .map((policy) => named('ApplePolicy', policy)),
  };
};
