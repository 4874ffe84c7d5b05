import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { Agent, request } from 'undici';
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
const busyOneIn = 50;
const createsPerSecond = 12;
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

/** All clients together. */
interface Clients {
  isOver: boolean;
  /** Each closes one open stream. */
  readonly leaves: Set<() => void>;
  opened: number;
  events: number;
  /** Streams that did not begin, for example because their cursor was too old. The client tries again a second later. */
  refused: number;
  /** Streams that ended although their clients stayed. */
  readonly lost: string[];
}

/** Opens streams one after another, each for a random time, until all is over. Half of them resume. */
const comeAndGo = async (
  { url, upstream }: Setting,
  index: number,
  clients: Clients,
): Promise<void> => {
  const authorization = upstream.authorization(index % credentials);
  const platforms = index % busyOneIn === 0 ? null : ['APPLE'];
  let after: string | null = null;
  while (!clients.isOver) {
    const controller = new AbortController();
    const leave = () => controller.abort();
    const timer = setTimeout(leave, shortestMs + Math.random() * (longestMs - shortestMs));
    clients.leaves.add(leave);
    const variables = { after: Math.random() < 0.5 ? after : null, platforms };
    let last = '';
    let events = 0;
    try {
      const body = { query: changes, variables };
      const stream = await start(url, authorization, body, controller.signal);
      for await (const chunk of stream.body) {
        last = String(chunk);
        events += last.match(/^event: next$/gm)?.length ?? 0;
        after = /"cursor":"([^"]+)"/.exec(last)?.[1] ?? after;
      }
    } catch (error) {
      last ||= String(error);
    }
    clearTimeout(timer);
    clients.leaves.delete(leave);
    if (controller.signal.aborted) {
      clients.opened += 1;
      clients.events += events;
      continue;
    }
    if (events <= 1 && last.includes('{"errors"')) {
      clients.refused += 1;
      after = null;
    } else clients.lost.push(last.slice(0, 300));
    await pause(1_000);
  }
};

/** Reads a body, and returns whether it ends, or its connection is closed, within this time. */
const endsWithin = async (body: Readable, ms: number): Promise<boolean> => {
  let isLate = false;
  const stop = setTimeout(() => {
    isLate = true;
    body.destroy();
  }, ms);
  await finished(body.resume()).catch(() => {});
  clearTimeout(stop);
  return !isLate;
};

const gauge = async (url: string, name: string): Promise<number> =>
  readSamples(await scrape(url), name)[0]?.value ?? Number.NaN;

/** Many subscribers come and go while tokens are created. One never reads: it is ended, and no other is. */
export const subscribers = async (setting: Setting, durationMs: number): Promise<Scenario> => {
  const { url, upstream } = setting;
  upstream.setLatencyMs(15);
  const { id: userId } = await userOf(setting);
  const idle = await start(url, upstream.authorization(0), { query: longEvents });

  const clients: Clients = {
    isOver: false,
    leaves: new Set(),
    opened: 0,
    events: 0,
    refused: 0,
    lost: [],
  };
  const running: Promise<void>[] = [];
  for (let index = 0; index < streams; index += 1) {
    running.push(comeAndGo(setting, index, clients));
    if (index % 50 === 0) await pause(1_000);
  }
  const endWatch = watchMemory(url, streams / 20);
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
  const isEnded = await endsWithin(idle.body, 5_000);
  clients.isOver = true;
  for (const leave of [...clients.leaves]) leave();
  await Promise.all(running);
  for (let tries = 0; tries < 50 && (await gauge(url, 'gateway_subscribers')) > 0; tries += 1) {
    await pause(100);
  }
  const readers = await gauge(url, 'gateway_change_readers');
  const subscribed = await gauge(url, 'gateway_subscribers');
  await agent.close();
  return {
    figures: [
      { name: 'streams that were opened', value: clients.opened, unit: '' },
      { name: 'streams open at the end', value: open, unit: '', least: streams * 0.95 },
      { name: 'attempts that were refused', value: clients.refused, unit: '' },
      { name: 'events', value: clients.events, unit: '', least: streams },
      { name: 'streams that ended by themselves', value: clients.lost.length, unit: '', most: 0 },
      {
        name: 'the one that does not read was ended',
        value: isEnded ? 1 : 0,
        unit: '',
        least: 1,
      },
      ...memory,
      { name: 'subscribers and readers left', value: readers + subscribed, unit: '', most: 0 },
    ],
    note: `creates: ${outcomes(creates)}${clients.lost.length > 0 ? `; ended: ${clients.lost.slice(0, 3).join(' | ')}` : ''}`,
  };
};
