import { type ContenderName, contenderNames, startContender } from './contenders.ts';
import { askOnce, drive, type Sample } from './load.ts';
import type { Measured } from './processes.ts';
import { bodies, type Scenario } from './scenarios.ts';

/** The running programs. */
export type Running = Readonly<Record<ContenderName, Measured>>;

/** One burst, with CPU time and upstream calls per operation. */
export interface Burst extends Sample {
  readonly cpuMsPerOperation: number;
  readonly callsPerOperation: number;
}

/** The rounds of one scenario. In each round the bursts of all programs follow each other directly. */
export type Rounds = readonly Readonly<Record<ContenderName, Burst>>[];

/** Sets the delay of the upstream, and returns the number of its requests since the last call. */
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
    cpuMsPerOperation: cpu / sample.operations,
    callsPerOperation: calls / sample.operations,
  };
};

/** The length of the warm-up, in rounds. */
export const warmUpRounds = 5;

/** Measures one scenario in rounds. The order within a round rotates, so that no program always follows another. */
export const measure = async (
  running: Running,
  upstreamUrl: string,
  scenario: Scenario,
  { rounds, durationMs }: { readonly rounds: number; readonly durationMs: number },
): Promise<Rounds> => {
  const measured: Record<ContenderName, Burst>[] = [];
  // The first round is the warm-up and does not count, because the engine still compiles code.
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

/** Counts the upstream calls of one page: the first with a new key, and a second with the same key. */
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

/** Checks that all programs give the same answers. */
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
    if (!expected?.includes('displayName'))
      throw new Error(`The answer has no tokens: ${expected}`);
  }
};

/** Returns the milliseconds from the start of the process to the first correct answer. */
export const measureStart = async (name: ContenderName, upstreamUrl: string): Promise<number> => {
  const startedMs = performance.now();
  const contender = await startContender(name, upstreamUrl);
  await askOnce(contender.url, bodies.page, 'Bearer early-key');
  const tookMs = performance.now() - startedMs;
  await contender.stop();
  return tookMs;
};
