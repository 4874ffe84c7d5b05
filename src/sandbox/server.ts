import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createApi, toAnswer } from './api.ts';
import { startActivity } from './control/activity.ts';
import { createControl, isControlPath } from './control/control.ts';
import { readFaultHeader } from './control/fault-text.ts';
import { createWebhook } from './control/webhook.ts';
import { createRandom } from './data/random.ts';
import { seedOrganization } from './data/seed-organization.ts';
import { cleanToken } from './data/token.ts';
import { exchange, parseBody, readText, toListFaults } from './exchange.ts';
import { ApiFailure, internalFailure } from './failure.ts';
import { createFaults, type FaultKind } from './faults.ts';
import { createKeyRing } from './keys.ts';
import { createQuota } from './quota.ts';
import { createRequestLog, type LoggedRequest } from './request-log.ts';
import { createRouter, matchesPattern } from './router.ts';
import { routesOf } from './routes/all-routes.ts';
import { creationFailed } from './routes/token-reads.ts';
import type { OrganizationOptions, Sandbox, SandboxOptions } from './sandbox.ts';

const headersOf = ({ headers }: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name !== 'authorization')
      .map(([name, value]): [string, string] => [name, String(value)]),
  );

const jsonOf = (text: string | undefined): unknown => {
  try {
    return parseBody(text);
  } catch {
    return undefined;
  }
};

/** Creates the sandbox. It opens no port before `listen`. */
export const createSandbox = (options: SandboxOptions): Sandbox => {
  const { platforms, seed = 1, now = new Date() } = options;
  const startedMs = performance.now();
  const clock =
    options.clock ?? (() => new Date(now.getTime() + Math.floor(performance.now() - startedMs)));
  const closing = new AbortController();
  const webhook = createWebhook(clock, closing.signal);
  webhook.set(options.webhook ?? null);
  let organizations = 0;
  const seedOne = (seeds: OrganizationOptions) => {
    const seeded = seedOrganization(platforms, {
      name: seeds.slug,
      seed: seed + organizations++,
      now,
      tokens: options.tokens ?? 5_000,
      policies: options.policies ?? 40,
      users: options.users ?? 300,
      embeds: options.embeds ?? 'mixed',
      oddities: options.oddities ?? true,
      ...(options.collate === undefined ? {} : { collate: options.collate }),
      ...seeds,
    });
    webhook.watch(seeded);
    return seeded;
  };
  const organization = seedOne({ slug: 'lumen-logistics', name: 'Lumen Logistics' });
  const keys = createKeyRing(createRandom(seed, 'keys'));
  const apiKey = keys.add(organization);
  const quota = createQuota(options.requestsPerHour ?? null, clock);
  const faults = createFaults();
  const log = createRequestLog();
  const listeners = new Set<(request: LoggedRequest) => void | Promise<void>>();
  const switchedOff = new Set(options.switchedOff);
  const routes = routesOf(platforms);
  const findRoute = createRouter(routes);
  const control = createControl({
    ...{ organization, keys, faults, routes, webhook },
    activitySeconds: options.activitySeconds ?? null,
  });
  const answer = createApi({
    keys,
    quota,
    now: clock,
    hidesDeleted: options.hidesDeleted ?? false,
  });
  const shuffles = createRandom(seed, 'ties');

  const matchOf = (method: string, pathname: string) => {
    const match = pathname.startsWith('/v1/') ? findRoute(method, pathname.slice(3)) : undefined;
    const off = [...switchedOff].some(
      (pattern) => match !== undefined && matchesPattern(pattern, match.route.operation),
    );
    return off ? undefined : match;
  };

  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    const method = request.method ?? 'GET';
    const path = request.url ?? '/';
    const url = new URL(path, 'http://sandbox.invalid');
    // No call of the API: it is not in the log, and no fault applies to it.
    if (isControlPath(url.pathname)) return control(request, response, url.pathname);
    const match = matchOf(method, url.pathname);
    const text = await readText(request);
    const entry: LoggedRequest = {
      method,
      path: url.pathname,
      template: match?.route.path ?? null,
      operation: match?.route.operation ?? null,
      platform: match?.route.platform ?? null,
      query: Object.fromEntries(url.searchParams),
      body: jsonOf(text),
      headers: headersOf(request),
      authorized: request.headers.authorization !== undefined,
      status: null,
    };
    log.add(entry);
    for (const listener of [...listeners]) await listener(entry);
    const header = request.headers['x-sandbox-fault'];
    const struck: readonly FaultKind[] = [
      ...faults.strike({ ...entry, url: path }),
      ...(header === undefined ? [] : readFaultHeader(String(header))),
    ];
    const platform = platforms.find(({ key }) => key === entry.platform);
    entry.status = await exchange(
      request,
      response,
      struck,
      () => (platform === undefined ? internalFailure() : creationFailed(platform)),
      () =>
        answer({
          match,
          query: url.searchParams,
          authorization: request.headers.authorization,
          readBody: () => parseBody(text),
          listFaults: toListFaults(struck, shuffles),
        }),
      closing.signal,
    );
  };

  // Clients keep connections open. A connection that ends while a request is written looks like a lost answer.
  const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
    respond(request, response).catch((error: unknown) => {
      if (response.headersSent || response.destroyed) return response.destroy();
      const failure = toAnswer(error instanceof ApiFailure ? error : internalFailure());
      response.writeHead(failure.status, { 'content-type': 'application/json' });
      return response.end(JSON.stringify(failure.body));
    });
  });

  let stopActivity = () => {};
  return {
    listen: (port = 0, host = '127.0.0.1') =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
          const address = server.address();
          const taken = typeof address === 'object' && address !== null ? address.port : port;
          const name = host.includes(':') ? `[${host}]` : host;
          const { activitySeconds, schedule } = options;
          if (activitySeconds !== undefined) {
            const random = createRandom(seed, 'activity');
            stopActivity = startActivity({
              ...{ organization, random, seconds: activitySeconds, now: clock },
              ...(schedule === undefined ? {} : { schedule }),
            });
          }
          resolve({ url: `http://${name}:${taken}`, baseUrl: `http://${name}:${taken}/v1` });
        });
      }),
    close: () =>
      new Promise((resolve) => {
        stopActivity();
        closing.abort();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
    apiKey,
    organizationId: organization.id,
    organizationSlug: organization.slug,
    organization,
    platform: organization.platform,
    addOrganization: seedOne,
    addKey: (key = {}) => keys.add(key.organization ?? organization, key.permissions),
    revokeKey: keys.revoke,
    addToken: (platform, fields = {}) => {
      const token = cleanToken(organization, organization.platform(platform), clock());
      const id = fields['id'];
      return organization
        .platform(platform)
        .tokens.add({ ...token, ...fields, id: typeof id === 'string' ? id : token.id });
    },
    requests: log.all,
    clearRequests: log.clear,
    onRequest: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    faults,
    setWebhook: webhook.set,
    setQuota: quota.set,
    switchOff: (pattern) => {
      switchedOff.add(pattern);
    },
    switchOn: (pattern) => {
      switchedOff.delete(pattern);
    },
  };
};
