import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { loadSandboxes } from '../../src/platforms/registry.ts';
import { createSandbox } from '../../src/sandbox/server.ts';
import { listen } from '../../test/support/http/listen.ts';

/** The number of keys. Operations in progress need different keys: equal reads with one key share a call, which would hide the load. */
const keyCount = 2_000;

type Fault = (request: IncomingMessage, response: ServerResponse) => void;

const breakOff: Fault = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' });
  response.write('{"status":true,"data":{', () => response.destroy());
};

/** The faults that can replace an answer. */
const faults = {
  error: (_request, response) => {
    response.writeHead(500, { 'content-type': 'application/json' });
    response.end('{"status":false,"error":{"code":1000,"message":"Internal error"}}');
  },
  page: (_request, response) => {
    response.writeHead(503, { 'content-type': 'text/html' });
    response.end('<!doctype html><title>Service unavailable</title>');
  },
  reset: ({ socket }) => socket.resetAndDestroy(),
  breakOff,
  silence: () => {},
} as const satisfies Readonly<Record<string, Fault>>;

type FaultName = keyof typeof faults;

const transientFaults = [faults.error, faults.page, faults.reset, faults.breakOff] as const;

/**
 * Starts a REST server with adjustable latency and faults. It fetches each answer from the sandbox once and caches it
 * until the next write, so that the measurement is of the gateway and not of the sandbox.
 */
export const startUpstream = async () => {
  const sandbox = createSandbox({
    platforms: await loadSandboxes(),
    tokens: 400,
    embeds: 'none',
    oddities: false,
  });
  const { origin } = new URL((await sandbox.listen()).baseUrl);
  const remembered = new Map<string, { readonly status: number; readonly body: Buffer }>();
  let calls = 0;
  let latencyMs = 0;
  let oneIn: number | null = null;
  let outage: Fault | null = null;

  const read = async (url: string) => {
    const known = remembered.get(url);
    if (known !== undefined) return known;
    const answer = await fetch(origin + url, {
      headers: { authorization: `Bearer ${sandbox.apiKey}` },
    });
    const made = { status: answer.status, body: Buffer.from(await answer.arrayBuffer()) };
    remembered.set(url, made);
    return made;
  };

  const write = async (request: IncomingMessage) => {
    const body = new Uint8Array(await buffer(request));
    const answer = await fetch(origin + request.url, {
      method: request.method ?? 'POST',
      headers: { authorization: `Bearer ${sandbox.apiKey}`, 'content-type': 'application/json' },
      body,
    });
    remembered.clear();
    return { status: answer.status, body: Buffer.from(await answer.arrayBuffer()) };
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { status, body } = await (request.method === 'GET'
      ? read(request.url ?? '/')
      : write(request));
    if (remembered.size > 2_000) remembered.clear();
    response.writeHead(status, {
      'content-type': 'application/json',
      'content-length': body.length,
    });
    response.end(body);
  };

  const faultOf = (call: number): Fault | undefined => {
    if (outage !== null) return outage;
    if (oneIn === null || call % oneIn > 0) return undefined;
    return transientFaults[(call / oneIn) % transientFaults.length];
  };

  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    calls += 1;
    const fault = faultOf(calls);
    if (fault !== undefined) {
      request.resume();
      fault(request, response);
      return;
    }
    setTimeout(() => {
      answer(request, response).catch(() => response.destroy());
    }, latencyMs);
  });
  const port = await listen(server);

  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    organizationId: sandbox.organizationId,
    /** Returns the Authorization header of the operation with this number. */
    authorization: (index: number): string => `Bearer soak-${index % keyCount}`,
    /** Returns the number of requests since the last call. */
    takeCalls: (): number => {
      const taken = calls;
      calls = 0;
      return taken;
    },
    /** Sets the latency of the following answers. */
    setLatencyMs: (ms: number): void => {
      latencyMs = ms;
    },
    /** Applies a fault to all following requests; null: ends the outage. */
    setOutage: (name: FaultName | null): void => {
      outage = name === null ? null : faults[name];
    },
    /** Makes one in `count` requests fail, with alternating faults; null: none. */
    failOneIn: (count: number | null): void => {
      oneIn = count;
    },
    close: async (): Promise<void> => {
      server.close();
      server.closeAllConnections();
      await sandbox.close();
    },
  };
};

export type Upstream = Awaited<ReturnType<typeof startUpstream>>;
