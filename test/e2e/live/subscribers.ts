import { vi } from 'vitest';
import { type EventStream, postForEvents } from '../../support/http/event-stream.ts';
import { tokenLists } from '../../support/upstream/upstream-calls.ts';
import type { LiveGateway } from './live-gateway.ts';

/** Starts this many streams of one credential. Resolves when the gateway serves them. */
export const followTimes = async (
  live: LiveGateway,
  count: number,
): Promise<readonly EventStream[]> => {
  const query = 'subscription { enrollmentTokenChanges { kind token { displayName } } }';
  const authorization = `Bearer ${live.sandbox.apiKey}`;
  const streams = await Promise.all(
    Array.from({ length: count }, () => postForEvents(live.url, { query }, { authorization })),
  );
  await live.untilFollowed(count);
  return streams;
};

/** Waits until each stream has this token as its last event. */
export const untilAllHave = async (
  streams: readonly EventStream[],
  displayName: string,
): Promise<void> => {
  await vi.waitUntil(
    () =>
      streams.every(
        (stream) =>
          stream.answers().at(-1)?.data.enrollmentTokenChanges.token.displayName === displayName,
      ),
    { timeout: 10_000, interval: 10 },
  );
};

/** The number of lists of tokens that the sandbox was asked for since the last `clearRequests`. */
export const countReads = ({ sandbox }: LiveGateway): number =>
  sandbox.requests().filter(({ operation }) => tokenLists.includes(operation ?? '')).length;

/** Creates a token through the gateway. Resolves when the gateway has answered. */
export const createThroughGateway = async (
  live: LiveGateway,
  displayName: string,
): Promise<string> => {
  const [user] = live.sandbox.organization.users.all();
  const { data } = await live.ask(
    `mutation ($input: CreateWindowsEnrollmentTokenInput!) {
      createWindowsEnrollmentToken(input: $input) { enrollmentToken { id } userErrors { code } }
    }`,
    { variables: { input: { userId: user?.id, displayName, sendEmail: false } } },
  );
  return data.createWindowsEnrollmentToken.enrollmentToken.id;
};
