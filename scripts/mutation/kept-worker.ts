import { type PoolOptions, type PoolWorker, ThreadsPoolWorker } from 'vitest/node';

/*
 * A Vitest pool with one worker for many runs. Loading the gateway takes longer than most tests, and a mutant needs no
 * fresh modules: Stryker activates it in the loaded code.
 */

/** The worker is replaced after this number of runs, because a failed test can leave resources open, such as a port. */
const mostRuns = 30;

interface Kept {
  readonly worker: ThreadsPoolWorker;
  readonly started: Promise<void>;
  runs: number;
}

let kept: Kept | null = null;

const takeWorker = async (options: PoolOptions): Promise<ThreadsPoolWorker> => {
  if (kept !== null && kept.runs >= mostRuns) {
    await kept.worker.stop();
    kept = null;
  }
  if (kept === null) {
    const worker = new ThreadsPoolWorker(options);
    kept = { worker, started: worker.start(), runs: 0 };
  }
  kept.runs += 1;
  await kept.started;
  return kept.worker;
};

const answers = (message: unknown, type: string): boolean =>
  typeof message === 'object' && message !== null && 'type' in message && message.type === type;

const createPoolWorker = (options: PoolOptions): PoolWorker => {
  const listeners: (readonly [event: string, callback: (argument: unknown) => void])[] = [];
  let worker: ThreadsPoolWorker | null = null;
  let isRunning = false;
  let isStopping = false;

  // Vitest waits for the answer to `stop` before the next run. A cancelled run must end before the answer.
  const stopIfIdle = (): void => {
    if (!isStopping || isRunning) return;
    const stopped = { __vitest_worker_response__: true, type: 'stopped' };
    for (const [event, callback] of listeners) if (event === 'message') callback(stopped);
  };
  const noteEnd = (message: unknown): void => {
    if (!answers(message, 'testfileFinished')) return;
    isRunning = false;
    stopIfIdle();
  };

  return {
    name: keptWorker.name,
    start: async () => {
      worker = await takeWorker(options);
      worker.on('message', noteEnd);
    },
    on: (event, callback) => {
      listeners.push([event, callback]);
      worker?.on(event, callback);
    },
    off: (event, callback) => worker?.off(event, callback),
    send: (message) => {
      if (answers(message, 'run')) isRunning = true;
      if (answers(message, 'stop')) {
        isStopping = true;
        stopIfIdle();
      } else {
        worker?.send(message);
      }
    },
    stop: async () => {
      for (const [event, callback] of listeners) worker?.off(event, callback);
      worker?.off('message', noteEnd);
    },
    deserialize: (data) => data,
  };
};

export const keptWorker = { name: 'kept', createPoolWorker };
