import { type ContenderName, contenderNames, startContender } from './contenders.ts';
import { askOnce, drive, type Sample } from './load.ts';
import type { Measured } from './processes.ts';
import { bodies, type Scenario } from './scenarios.ts';

export type Running = Readonly<Record<ContenderName, Measured>>;

/** One burst, with what it cost. */
export interface Burst extends Sample {
  readonly cpuMsAnOperation: number;
  readonly callsAnOperation: number;
}

/** Rounds of one scenario: in each, every program had its burst right after the others. */
export type Rounds = readonly Readonly<Record<ContenderName, Burst>>[];

/** Sets how long the upstream takes, and returns how many requests it had since the last time. */
export const controlUpstream = async (upstreamUrl: string, delayMs: number): Promise<number> => {
  const response = await fetch(new URL(`/control?delay=${delayMs}`, upstreamUrl));
  const { requests } = (await response.json()) as { readonly requests: number };
  return requests;
};

const burst = async (
  { url, cpuMs }: Measured,
  upstreamUrl: string,
  { body, connections, authorization, upstreamDelayMs }: Scenario,
  durationMs: number,
): Promise<Burst> => {
  let before = 0;
  const sample = await drive({ url, body, connections, authorization, durationMs }, async () => {
    await controlUpstream(upstreamUrl, upstreamDelayMs);
    before = await cpuMs();
  });
  const cpu = (await cpuMs()) - before;
  const calls = await controlUpstream(upstreamUrl, upstreamDelayMs);
  return {
    ...sample,
    cpuMsAnOperation: cpu / sample.operations,
    callsAnOperation: calls / sample.operations,
  };
};

/** How many rounds the first one is as long as. */
export const warmUpRounds = 5;

/** Measures one scenario in rounds; the order within a round turns, so that no program always comes after another. */
export const measure = async (
  running: Running,
  upstreamUrl: string,
  scenario: Scenario,
  { rounds, durationMs }: { readonly rounds: number; readonly durationMs: number },
): Promise<Rounds> => {
  const measured: Record<ContenderName, Burst>[] = [];
  // The first round does not count: the engine compiles what is used often.
  for (let round = 0; round <= rounds; round += 1) {
    const burstMs = round === 0 ? warmUpRounds * durationMs : durationMs;
    const bursts: Partial<Record<ContenderName, Burst>> = {};
    for (const offset of contenderNames.keys()) {
      const name = contenderNames[(round + offset) % contenderNames.length] ?? 'bare';
      bursts[name] = await burst(running[name], upstreamUrl, scenario, burstMs);
    }
    const { bare, plain, gateway } = bursts;
    if (round > 0 && bare && plain && gateway) measured.push({ bare, plain, gateway });
  }
  await controlUpstream(upstreamUrl, 0);
  return measured;
};

/** Calls that one page costs upstream: for a key never seen, and again with the same one. */
export const countCalls = async (
  running: Running,
  upstreamUrl: string,
): Promise<Readonly<Record<ContenderName, { readonly first: number; readonly again: number }>>> => {
  const count = async (name: ContenderName) => {
    const calls: number[] = [];
    await controlUpstream(upstreamUrl, 0);
    for (let time = 0; time < 2; time += 1) {
      await askOnce(running[name].url, bodies.page, 'Bearer counted-key');
      calls.push(await controlUpstream(upstreamUrl, 0));
    }
    const [first = 0, again = 0] = calls;
    return { first, again };
  };
  return {
    bare: await count('bare'),
    plain: await count('plain'),
    gateway: await count('gateway'),
  };
};

/** The same page from each: they must agree before anything is compared. */
export const checkAnswers = async (running: Running): Promise<void> => {
  for (const body of Object.values(bodies)) {
    const answers = await Promise.all(
      contenderNames.map((name) => askOnce(running[name].url, body, 'Bearer checked-key')),
    );
    const [expected, ...others] = answers.map((answer) => JSON.stringify(JSON.parse(answer).data));
    const differing = others.find((other) => other !== expected);
    if (differing !== undefined) {
      throw new Error(`The answers differ:\n${expected}\n${differing}`);
    }
    if (!expected?.includes('displayName')) throw new Error(`This is no answer: ${expected}`);
  }
};

/** Milliseconds from the start of the process to the first right answer. */
export const measureStart = async (name: ContenderName, upstreamUrl: string): Promise<number> => {
  const startedMs = performance.now();
  const contender = await startContender(name, upstreamUrl);
  await askOnce(contender.url, bodies.page, 'Bearer early-key');
  const tookMs = performance.now() - startedMs;
  await contender.stop();
  return tookMs;
};
