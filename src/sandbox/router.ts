import type { JsonObject } from './json.ts';
import type { Organization } from './organization.ts';
import type { ListFaults } from './routes/list.ts';

/** One request as a route sees it: authenticated, allowed, its organization found. */
export interface Call {
  readonly organization: Organization;
  /** The value of a path parameter; the router has checked that it has the form of an id. */
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
  /** The operation's own name: its permission, but where two operations share one. */
  readonly operation: string;
  /** The dotted permission that a key needs; null where any key will do. */
  readonly permission: string | null;
  /** The platform it belongs to; null where it serves all. */
  readonly platform: string | null;
  /** Returns the `data` of the answer; throws ApiFailure. */
  readonly handle: (call: Call) => JsonObject;
}

export interface Match {
  readonly route: Route;
  readonly parameters: ReadonlyMap<string, string>;
}

/** Finds the route of a request; undefined where there is none. */
export type Router = (method: string, path: string) => Match | undefined;

/** Creates a router. A path may end in a slash, as older pages of the documentation print it. */
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

/** Whether a dotted name is meant by a pattern, in which `*` stands for any run of characters. */
export const matchesPattern = (pattern: string, name: string): boolean =>
  new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`).test(name);
