import { z } from 'zod';
import { loadSandboxes } from '../../src/platforms/registry.ts';
import type { Sandbox, SandboxOptions } from '../../src/sandbox/sandbox.ts';
import { createSandbox } from '../../src/sandbox/server.ts';

const platformSandboxes = await loadSandboxes();

export const now = new Date('2026-05-20T10:00:00.000Z');

// Paths below the organization.
export const windowsTokens = '/mdm/windows/enterprise/enrollment-tokens';
export const appleTokens = '/mdm/apple/enterprise/enrollment-tokens';
export const windowsPolicies = '/mdm/windows/enterprise/policies';
export const applePolicies = '/mdm/apple/enterprise/policies';

/** An answer of the sandbox. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Undefined if the text is not JSON. */
  readonly json: unknown;
}

export interface CallOptions {
  readonly method?: string;
  readonly body?: unknown;
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** A running sandbox and a function that calls it. */
export interface Client {
  readonly sandbox: Sandbox;
  readonly baseUrl: string;
  /** Calls a path below the first organization. The default key is the sandbox's own. */
  readonly call: (path: string, options?: CallOptions) => Promise<Reply>;
}

const pageAnswer = z.object({
  status: z.literal(true),
  data: z.object({
    items: z.array(z.looseObject({ id: z.string() })),
    totalDocs: z.number(),
    hasNextPage: z.boolean(),
  }),
});
const tokenAnswer = z.object({ status: z.literal(true), data: z.looseObject({ id: z.string() }) });

/** Returns the items of a list answer. */
export const itemsOf = ({ json }: Reply) => pageAnswer.parse(json).data.items;
export const totalOf = ({ json }: Reply) => pageAnswer.parse(json).data.totalDocs;
export const idsOf = (reply: Reply) => itemsOf(reply).map(({ id }) => id);
/** Returns the object of an answer that contains one object. */
export const dataOf = ({ json }: Reply) => tokenAnswer.parse(json).data;

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Starts a sandbox on a free port. By default it is small and has no odd data. */
export const startSandbox = async (options: Partial<SandboxOptions> = {}): Promise<Client> => {
  const sandbox = createSandbox({
    platforms: platformSandboxes,
    now,
    tokens: 120,
    users: 30,
    policies: 10,
    oddities: false,
    ...options,
  });
  const { baseUrl } = await sandbox.listen();
  return {
    sandbox,
    baseUrl,
    call: async (
      path,
      { method = 'GET', body, key = sandbox.apiKey, headers = {}, signal } = {},
    ) => {
      const response = await fetch(`${baseUrl}/organizations/${sandbox.organizationId}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${key}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, text, json: parse(text) };
    },
  };
};
