import type { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { z } from 'zod';
import { readSamples, scrape } from '../../test/support/gateway/metrics.ts';
import { drive, outcomes } from './load.ts';
import { watchMemory } from './memory.ts';
import { userOf } from './mixed.ts';
import type { Scenario, Setting } from './scenarios.ts';

/** The streams that are open at the same time. */
const streams = 1_000;
/** Each credential has a reader of its own in the gateway. */
const credentials = 5;
/** One stream in so many gets all changes. The others get those of one platform, which has one create in so many. */
const busyOneIn = 100;
const createsPerSecond = 20;
const shortestMs = 5_000;
const longestMs = 40_000;

const agent = new Agent({ connections: 2 * streams, headersTimeout: 0, bodyTimeout: 0 });

const changes = `subscription Soak($after: String, $platforms: [MdmPlatformInput!]) {
  enrollmentTokenChanges(after: $after, filter: { platforms: $platforms }) { kind cursor token { id state } } }`;

/** As long as a selection can be, so that a client that does not read soon holds up the stream. */
const longEvents = `subscription Long { enrollmentTokenChanges {
  ${Array.from({ length: 28 }, (_, index) => `a${index}: cursor`).join(' ')} } }`;

/** Starts a stream. Resolves with its body when the headers have come. */
const start = async (
  url: string,
  authorization: string,
  body: { readonly query: string; readonly variables?: object },
  signal?: AbortSignal,
) =>
  request(url, {
    dispatcher: agent,
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization },
    body: JSON.stringify(body),
    ...(signal && { signal }),
  });

const refusal = z.object({
  errors: z.tuple([
    z.object({ extensions: z.object({ code: z.string(), cursor: z.string().optional() }) }),
  ]),
});

/** What all streams have seen together. */
interface Seen {
  opened: number;
  events: number;
  /** Streams that did not begin. The client tries again a second later. */
  refused: number;
  /** Streams that ended although their clients stayed. */
  readonly lost: string[];
}

/** Opens streams one after another, each for a random time, until the signal is aborted. Half of them resume. */
const comeAndGo = async (
  { url, upstream }: Setting,
  index: number,
  seen: Seen,
  isOver: AbortSignal,
): Promise<void> => {
  let after: string | null = null;
  while (!isOver.aborted) {
    const livesMs = Math.round(shortestMs + Math.random() * (longestMs - shortestMs));
    const leaves = AbortSignal.any([isOver, AbortSignal.timeout(livesMs)]);
    const variables = {
      after: Math.random() < 0.5 ? after : null,
      platforms: index % busyOneIn === 0 ? null : ['APPLE'],
    };
    const authorization = upstream.authorization(index % credentials);
    let isOpen = false;
    let last = '';
    try {
      const { body } = await start(url, authorization, { query: changes, variables }, leaves);
      for await (const chunk of body) {
        last = String(chunk);
        isOpen ||= !last.includes('{"errors"');
        seen.events += last.match(/^event: next$/gm)?.length ?? 0;
        after = /"cursor":"([^"]+)"/.exec(last)?.[1] ?? after;
      }
    } catch (error) {
      last = String(error);
    }
    if (isOpen) seen.opened += 1;
    if (leaves.aborted) continue;
    if (isOpen) seen.lost.push(last.slice(0, 300));
    else seen.refused += 1;
    await pause(1_000);
  }
};

/** Reads what comes in this time, or until the end. */
const readFor = async (body: Readable, ms: number): Promise<string> => {
  let text = '';
  const stop = setTimeout(() => body.destroy(), ms);
  try {
    for await (const chunk of body) text += String(chunk);
  } catch {
    // It did not end in time.
  }
  clearTimeout(stop);
  return text;
};

const gauge = async (url: string, name: string): Promise<number> =>
  readSamples(await scrape(url), name)[0]?.value ?? Number.NaN;

/** Many subscribers come and go while tokens are created. One never reads: it is ended, and no other is. */
export const subscribers = async (setting: Setting, durationMs: number): Promise<Scenario> => {
  const { url, upstream } = setting;
  upstream.setLatencyMs(15);
  const { id: userId } = await userOf(setting);
  const idle = await start(url, upstream.authorization(0), { query: longEvents });

  const end = new AbortController();
  const seen: Seen = { opened: 0, events: 0, refused: 0, lost: [] };
  const clients: Promise<void>[] = [];
  for (let index = 0; index < streams; index += 1) {
    clients.push(comeAndGo(setting, index, seen, end.signal));
    if (index % 50 === 0) await pause(1_000);
  }
  const endWatch = watchMemory(url);
  const creates = await drive(url, createsPerSecond, durationMs, (index) => {
    const name = index % busyOneIn === 0 ? 'Apple' : 'Windows';
    return {
      authorization: upstream.authorization(0),
      query: `mutation { create${name}EnrollmentToken(input: { userId: "${userId}", sendEmail: false }) {
        enrollmentToken { id } userErrors { code } } }`,
    };
  });
  const memory = await endWatch();
  const open = await gauge(url, 'gateway_subscribers');
  const unread = await readFor(idle.body, 5_000);
  const last = /^data: (\{"errors".*)$/m.exec(unread)?.[1] ?? '{}';
  const ended = refusal.safeParse(JSON.parse(last)).data?.errors[0].extensions;
  end.abort();
  await Promise.all(clients);
  for (let tries = 0; tries < 50 && (await gauge(url, 'gateway_subscribers')) > 0; tries += 1) {
    await pause(100);
  }
  const readers = await gauge(url, 'gateway_change_readers');
  const subscribed = await gauge(url, 'gateway_subscribers');
  await agent.close();
  return {
    figures: [
      { name: 'streams that were opened', value: seen.opened, unit: '' },
      { name: 'streams open at the end', value: open, unit: '', least: streams * 0.95 },
      { name: 'attempts that were refused', value: seen.refused, unit: '' },
      { name: 'events', value: seen.events, unit: '', least: streams },
      { name: 'streams that ended by themselves', value: seen.lost.length, unit: '', most: 0 },
      {
        name: 'the one that does not read was ended with a cursor',
        value: ended?.code === 'RATE_LIMITED' && ended.cursor !== undefined ? 1 : 0,
        unit: '',
        least: 1,
      },
      ...memory,
      { name: 'subscribers and readers left', value: readers + subscribed, unit: '', most: 0 },
    ],
    note: `creates: ${outcomes(creates)}${seen.lost.length > 0 ? `; ended: ${seen.lost.slice(0, 3).join(' | ')}` : ''}`,
  };
};
