import type { JsonObject } from './json.ts';
import type { Organization } from './organization.ts';
import type { ListFaults } from './routes/list.ts';

/** One request that is authenticated and authorized, with its organization. */
export interface Call {
  readonly organization: Organization;
  /** The value of a path parameter. The router has checked that it has the form of an id. */
  readonly parameter: (name: string) => string;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly listFaults: ListFaults;
  readonly now: () => Date;
  readonly hidesDeleted: boolean;
}

/** One operation of the API. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** The path below the version, with parameters in braces and no slash at its end. */
  readonly path: string;
  /** The operation's name. It equals the permission, unless two operations share a permission. */
  readonly operation: string;
  /** The dotted permission that a key needs; null if any key is accepted. */
  readonly permission: string | null;
  /** The platform of the route; null if it serves all platforms. */
  readonly platform: string | null;
  /** Returns the `data` of the answer; throws ApiFailure. */
  readonly handle: (call: Call) => JsonObject;
}

export interface Match {
  readonly route: Route;
  readonly parameters: ReadonlyMap<string, string>;
}

/** Finds the route of a request; undefined if none matches. */
export type Router = (method: string, path: string) => Match | undefined;

/** Creates a router. A path may end in a slash: older pages of the documentation print it so. */
export const createRouter = (routes: readonly Route[]): Router => {
  const compiled = routes.map((route) => {
    const names = Array.from(route.path.matchAll(/\{(\w+)\}/g), ([, name]) => name ?? '');
    const pattern = new RegExp(`^${route.path.replace(/\{\w+\}/g, '([^/]+)')}/?$`);
    return { route, names, pattern };
  });
  return (method, path) => {
    for (const { route, names, pattern } of compiled) {
      const values = route.method === method ? pattern.exec(path)?.slice(1) : undefined;
      if (values === undefined) continue;
      return { route, parameters: new Map(names.map((name, at) => [name, values[at] ?? ''])) };
    }
    return undefined;
  };
};

/** Whether a pattern matches a dotted name. `*` stands for any characters. */
export const matchesPattern = (pattern: string, name: string): boolean =>
  new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`).test(name);
