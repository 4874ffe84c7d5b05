import { InputRejectedError, NotFoundError } from '../domain/errors.ts';
import { isEntityId, isOrganizationName, organizationNameRule } from '../domain/organization.ts';

/** One REST request. The transport validates and encodes path parameters and the query. */
export interface UpstreamRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** The endpoint's template below the base, e.g. `/organizations/{organizationId}/mdm/users/{userId}`. */
  readonly path: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** The permission that it needs. The message of a 403 names it. */
  readonly permission?: string;
  /** Names the circuit breaker of the request: calls that fail together share one. Default: `shared`. */
  readonly circuit?: string;
}

/** The path and query of a request, below the base. `label` is for logs and holds no path parameter. */
export interface RequestTarget {
  readonly path: string;
  readonly label: string;
}

const organizationParameter = 'organizationId';

/** Whether the request has no effect, so that it can be repeated. */
export const isRead = (request: UpstreamRequest): boolean => request.method === 'GET';

/** The name of the request's circuit breaker. */
export const circuitOf = ({ circuit }: UpstreamRequest): string => circuit ?? 'shared';

/** Whether the request asks for one object by its id. */
export const isGetOne = (request: UpstreamRequest): boolean =>
  isRead(request) && request.path.endsWith('}');

/** The organization is named by neither an id nor a slug. */
export const createOrganizationNameError = (): InputRejectedError =>
  new InputRejectedError([{ path: [organizationParameter], message: organizationNameRule }]);

const encodeParameter = (name: string, value: string | undefined): string => {
  if (value === undefined) throw new Error(`The path parameter ${name} is missing.`);
  if (name === organizationParameter) {
    if (isOrganizationName(value)) return value;
    throw createOrganizationNameError();
  }
  // No object has an id of another form, and a text such as `..` must not get into the path.
  if (!isEntityId(value)) throw new NotFoundError('There is no object with this id.');
  return value;
};

/**
 * Fills in a request's path parameters and appends its query. Throws InputRejectedError on a malformed organization and
 * NotFoundError on an id that cannot exist, before any call is made.
 */
export const targetOf = ({ path, parameters, query }: UpstreamRequest): RequestTarget => {
  const filled = path.replace(/\{(\w+)\}/g, (_match, name: string) =>
    encodeParameter(name, Object.hasOwn(parameters, name) ? parameters[name] : undefined),
  );
  const search = query === undefined ? '' : new URLSearchParams(query).toString();
  const suffix = search === '' ? '' : `?${search}`;
  return { path: filled + suffix, label: path + suffix };
};
