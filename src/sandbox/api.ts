import {
  ApiFailure,
  authMissing,
  authRefused,
  entityMissing,
  internalFailure,
  permissionMissing,
  queryRefused,
  routeMissing,
  tooManyRequests,
} from './failure.ts';
import type { JsonObject } from './json.ts';
import { isAllowed, type Key, type KeyRing } from './keys.ts';
import type { Organization } from './organization.ts';
import { entityIdPattern } from './query.ts';
import type { Quota } from './quota.ts';
import type { Match } from './router.ts';
import type { ListFaults } from './routes/list.ts';

/** A request as it came over HTTP. */
export interface ApiRequest {
  /** Undefined if no route matches. */
  readonly match: Match | undefined;
  readonly query: URLSearchParams;
  readonly authorization: string | undefined;
  /** Throws ApiFailure if the body is not JSON. Called after the caller was authorized. */
  readonly readBody: () => unknown;
  readonly listFaults: ListFaults;
}

/** An answer before it is written: `body` is an envelope. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: JsonObject;
}

export interface ApiParts {
  readonly keys: KeyRing;
  readonly quota: Quota;
  readonly now: () => Date;
  /** Whether a read of a revoked token answers 404. */
  readonly hidesDeleted: boolean;
}

export const toAnswer = ({ status, code, message, data, headers }: ApiFailure): Answer => ({
  status,
  headers,
  body: { status: false, error: { code, message, data } },
});

const authenticate = (authorization: string | undefined, keys: KeyRing): Key => {
  const secret = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
  if (secret === undefined) throw authMissing();
  const key = keys.find(secret);
  if (key === undefined) throw authRefused();
  return key;
};

/** A key sees its own organization only. Another organization answers like one that does not exist. */
const findOrganization = (key: Key, name: string): Organization => {
  const { organization } = key;
  if (name.toLowerCase() !== organization.id && name !== organization.slug) throw entityMissing();
  return organization;
};

const parametersOf = ({ parameters }: Match) => {
  for (const [name, value] of parameters) {
    if (name === 'organizationId' || entityIdPattern.test(value)) continue;
    throw queryRefused([{ path: name, message: `"${name}" must be 24 hexadecimal digits` }]);
  }
  return (name: string) => parameters.get(name) ?? '';
};

/** Answers requests. The checks have the order of the API: route, key, quota, organization, permission, input. */
export const createApi =
  ({ keys, quota, now, hidesDeleted }: ApiParts) =>
  (request: ApiRequest): Answer => {
    try {
      const { match } = request;
      if (match === undefined) throw routeMissing();
      const key = authenticate(request.authorization, keys);
      const retryAfterSeconds = quota.take(key.organization.id);
      if (retryAfterSeconds !== null) throw tooManyRequests(retryAfterSeconds);
      const organization = findOrganization(key, match.parameters.get('organizationId') ?? '');
      if (!isAllowed(key, match.route.permission)) throw permissionMissing();
      const data = match.route.handle({
        organization,
        parameter: parametersOf(match),
        query: request.query,
        body: request.readBody(),
        listFaults: request.listFaults,
        now,
        hidesDeleted,
      });
      return { status: 200, headers: {}, body: { status: true, data } };
    } catch (error) {
      return toAnswer(error instanceof ApiFailure ? error : internalFailure());
    }
  };
