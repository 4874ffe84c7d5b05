import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { readText } from '../exchange.ts';
import type { Faults } from '../faults.ts';
import type { JsonObject } from '../json.ts';
import type { KeyRing } from '../keys.ts';
import type { Organization } from '../organization.ts';
import type { Route } from '../router.ts';
import { readFault } from './fault-text.ts';
import { checkPermissions } from './permissions.ts';
import { isLoopback, type Webhook, webhookProblem } from './webhook.ts';

export interface ControlParts {
  /** The organization of new keys. */
  readonly organization: Organization;
  readonly keys: KeyRing;
  readonly faults: Faults;
  readonly routes: readonly Route[];
  /** Null: nothing happens by itself. */
  readonly activitySeconds: number | null;
  readonly webhook: Webhook;
}

/** A control route refuses a request. The messages say what would be right. */
class ControlRefusal extends Error {
  readonly status: number;
  readonly messages: readonly string[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    messages: readonly string[],
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(messages.join('; '));
    this.status = status;
    this.messages = messages;
    this.headers = headers;
  }
}

type Method = 'GET' | 'POST' | 'DELETE';
type Handlers = Readonly<Partial<Record<Method, (body: unknown) => JsonObject>>>;

const root = '/sandbox';
const maxBodyBytes = 16 * 1024;
const faultExample = '{"fault":"reset-after method=POST times=1"}';
const webhookExample = '{"url":"http://127.0.0.1:4000/webhooks/<secret>"}';
const elsewhere =
  'the webhook must be on this machine: localhost, 127.0.0.1 or [::1]. Others can be set with --webhook at the start';
const keyExample = '{"permissions":["mdm.*"]}';

/** Whether the path belongs to the control routes and not to the API. */
export const isControlPath = (path: string): boolean =>
  path === root || path.startsWith(`${root}/`);

const read = <Value>(schema: z.ZodType<Value>, body: unknown, example: string): Value => {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw new ControlRefusal(400, [`The body must be JSON of this form: ${example}`]);
};

const faultBody = z.strictObject({ fault: z.string() });
const webhookBody = z.strictObject({ url: z.string() });
const keyBody = z.strictObject({ permissions: z.array(z.string()).min(1).max(100) });

/**
 * A form or a script of a web site could send requests to a loopback port. A browser marks them with an Origin, except
 * for plain reads, whose answers it hides: no answer has a CORS header.
 */
const refusePages = ({ headers }: IncomingMessage): void => {
  if (headers.origin === undefined) return;
  throw new ControlRefusal(403, ['Web pages may not use the control routes of the sandbox.']);
};

const readBody = async (request: IncomingMessage): Promise<unknown> => {
  if (request.method !== 'POST') return undefined;
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') {
    throw new ControlRefusal(415, ['Send the header Content-Type: application/json.']);
  }
  const text = await readText(request, maxBodyBytes);
  if (text === undefined) {
    throw new ControlRefusal(413, [`The body may have at most ${maxBodyBytes} bytes.`]);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new ControlRefusal(400, ['The body is not valid JSON.']);
  }
};

const createHandlers = (parts: ControlParts): ReadonlyMap<string, Handlers> => {
  const { organization, keys, faults, routes, webhook } = parts;
  const listFaults = () => faults.all().map(({ text, hits }) => ({ fault: text, hits }));
  const checked = (problems: readonly string[]) => {
    if (problems.length > 0) throw new ControlRefusal(400, problems);
  };
  return new Map<string, Handlers>([
    [
      root,
      {
        GET: () => ({
          organization: { id: organization.id, slug: organization.slug, name: organization.name },
          // The keys are shown: they open invented data only, and who can ask here can make more of them.
          keys: keys.all().map(({ secret, permissions }) => ({ key: secret, permissions })),
          faults: listFaults(),
          activitySeconds: parts.activitySeconds,
          webhook: webhook.state(),
        }),
      },
    ],
    [
      `${root}/faults`,
      {
        GET: () => ({ faults: listFaults() }),
        POST: (body) => {
          const { fault: text } = read(faultBody, body, faultExample);
          const problems: string[] = [];
          const fault = readFault(text, routes, problems);
          checked(problems);
          if (fault !== undefined) faults.add(fault, text.trim());
          return { faults: listFaults() };
        },
        DELETE: () => {
          faults.clear();
          return { faults: [] };
        },
      },
    ],
    [
      `${root}/keys`,
      {
        POST: (body) => {
          const { permissions } = read(keyBody, body, keyExample);
          const problems: string[] = [];
          checkPermissions(permissions, routes, problems);
          checked(problems);
          return { key: keys.add(organization, permissions), permissions };
        },
      },
    ],
    [
      `${root}/webhook`,
      {
        GET: () => ({ webhook: webhook.state() }),
        POST: (body) => {
          const { url } = read(webhookBody, body, webhookExample);
          const problem = webhookProblem(url);
          checked(problem === null ? [] : [problem]);
          // Whoever reaches this port must not be able to send requests from here to other machines.
          checked(isLoopback(url) ? [] : [elsewhere]);
          webhook.set(url);
          return { webhook: webhook.state() };
        },
        DELETE: () => {
          webhook.set(null);
          return { webhook: null };
        },
      },
    ],
  ]);
};

/** Creates the handler of the control routes: what is on, faults, keys and the webhook. */
export const createControl = (parts: ControlParts) => {
  const handlersByPath = createHandlers(parts);
  const paths = [...handlersByPath.keys()].join(', ');

  const handle = async (request: IncomingMessage, path: string): Promise<JsonObject> => {
    refusePages(request);
    const handlers = handlersByPath.get(path);
    if (handlers === undefined) {
      throw new ControlRefusal(404, [`The control routes are ${paths}.`]);
    }
    const [, act] = Object.entries(handlers).find(([method]) => method === request.method) ?? [];
    if (act === undefined) {
      const allowed = Object.keys(handlers).join(', ');
      throw new ControlRefusal(405, [`${path} has ${allowed}.`], { allow: allowed });
    }
    return act(await readBody(request));
  };

  return async (
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
  ): Promise<void> => {
    const write = (status: number, body: JsonObject, headers = {}) => {
      response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
      // The line break ends the output of curl in a terminal.
      response.end(`${JSON.stringify(body)}\n`);
    };
    try {
      write(200, await handle(request, path));
    } catch (error) {
      if (!(error instanceof ControlRefusal)) throw error;
      write(error.status, { errors: error.messages }, error.headers);
    }
  };
};
