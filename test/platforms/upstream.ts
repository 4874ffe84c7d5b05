import { readFileSync } from 'node:fs';
import type { PlatformOptions } from '../../src/applivery/platform/platform.ts';
import { toMdmUserId } from '../../src/domain/mdm-user.ts';
import { toOrganizationId } from '../../src/domain/organization.ts';
import type { TokenListRequest } from '../../src/domain/platform.ts';
import { toPolicyId } from '../../src/domain/policy.ts';
import { toTokenId } from '../../src/domain/token.ts';
import { createApplePlatform } from '../../src/platforms/apple/adapter.ts';
import { createWindowsPlatform } from '../../src/platforms/windows/adapter.ts';
import type { Transport } from '../../src/rest/transport.ts';
import { type Answer, connect, json, type SeenRequest, startServer } from '../rest/harness.ts';

export const asked = toOrganizationId('5f0000000000000000000001');
export const tokenId = toTokenId('5f0000000000000000000002');
export const policyId = toPolicyId('5f0000000000000000000003');
export const otherPolicyId = toPolicyId('5f0000000000000000000004');
export const userId = toMdmUserId('5f0000000000000000000005');

/** A payload of the vendor's documents, as text. */
const exampleText = (name: string): string =>
  readFileSync(new URL(`../contract/examples/${name}`, import.meta.url), 'utf8');

/** A payload of the vendor's documents. */
export const example = (name: string): unknown => JSON.parse(exampleText(name));

const defaults: PlatformOptions = { maxLimit: 500, maxScanItems: 2000, onSurprise: () => {} };

/** The port of Windows over a transport. */
export const createWindows = (transport: Transport, options: Partial<PlatformOptions> = {}) =>
  createWindowsPlatform(transport, { ...defaults, ...options });

/** The port of Apple over a transport. */
export const createApple = (transport: Transport, options: Partial<PlatformOptions> = {}) =>
  createApplePlatform(transport, { ...defaults, ...options });

/** The method and URL of a request. */
export const requestLine = ({ method, url }: SeenRequest): string => `${method} ${url}`;

/** The JSON body of the last request. */
export const bodyOf = (seen: readonly SeenRequest[]): Record<string, unknown> => {
  const body: unknown = JSON.parse(seen.at(-1)?.body ?? 'null');
  if (typeof body !== 'object' || body === null) throw new Error('The body is no object.');
  return { ...body };
};

/** Starts an API that answers as `answerWith` last set, and a transport to it. */
export const startUpstream = async (
  first: Answer,
): Promise<{
  readonly transport: Transport;
  readonly seen: readonly SeenRequest[];
  answerWith(next: Answer): void;
}> => {
  let current = first;
  const { baseUrl, seen } = await startServer((response, request) => current(response, request));
  return {
    transport: connect(baseUrl),
    seen,
    answerWith: (next) => {
      current = next;
    },
  };
};

/** The success envelope around data. */
export const success = (data: unknown): Answer => json({ status: true, data });

/** A page of items as the API wraps it. */
export const pageOf = (items: readonly unknown[], hasNextPage = false): Answer =>
  success({ items, totalDocs: items.length, limit: 50, page: 1, hasNextPage });

export const newestFirst: TokenListRequest = {
  page: 1,
  limit: 50,
  sort: { field: 'createdAt', direction: 'descending' },
  filter: { includeDeleted: false },
};
