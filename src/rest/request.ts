import { InputRejectedError, NotFoundError } from '../domain/errors.ts';
import { isEntityId, isOrganizationName } from '../domain/organization.ts';

/** One REST request. Path parameters are validated ids or slugs; they and the query are encoded by the transport. */
export interface UpstreamRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** The endpoint's template below the base, e.g. `/organizations/{organizationId}/mdm/users/{userId}`. */
  readonly path: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** The permission it needs, named to the caller on a 403. */
  readonly permission?: string;
  /** What fails together: calls of one circuit are refused together while its breaker is open. Default: `shared`. */
  readonly circuit?: string;
}

/** Where a request goes, below the base; `label` is for people and holds no path parameter. */
export interface RequestTarget {
  readonly path: string;
  readonly label: string;
}

const organizationParameter = 'organizationId';

/** Whether a repetition of the request has no effect of its own. */
export const isRead = (request: UpstreamRequest): boolean => request.method === 'GET';

/** Whether the request asks for one object by its id. */
export const isGetOne = (request: UpstreamRequest): boolean =>
  isRead(request) && request.path.endsWith('}');

const encodeParameter = (name: string, value: string | undefined): string => {
  if (value === undefined) throw new Error(`The path parameter ${name} is missing.`);
  if (name === organizationParameter) {
    if (isOrganizationName(value)) return value;
    throw new InputRejectedError([
      {
        path: [organizationParameter],
        message:
          'organizationId must be 24 hexadecimal digits, or a slug of three or more letters, digits and hyphens.',
      },
    ]);
  }
  // An id of another form cannot exist; asking would also let a text such as `..` into the path.
  if (!isEntityId(value)) throw new NotFoundError('There is no object with this id.');
  return value;
};

/**
 * The path of a request with its parameters and query. Throws InputRejectedError on a malformed organization and
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
