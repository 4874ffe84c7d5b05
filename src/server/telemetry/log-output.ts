import type { Writable } from 'node:stream';
import type { WriteLog } from './logging.ts';

/** Where the log goes, and how many of its lines were lost. */
export interface LogOutput {
  readonly write: WriteLog;
  /** Lines that could not be written. */
  readonly failures: () => number;
}

/** Bytes that wait for whoever reads the log: the lines of some seconds. Further ones are lost. */
export const maxWaitingLogBytes = 1024 * 1024;

/**
 * Writes lines to a stream that may fail or stall at any time: the disk is full, or nobody reads the pipe. Such lines are
 * lost and counted. Nothing waits for them, and nothing throws.
 */
export const createLogOutput = (stream: Writable): LogOutput => {
  let failures = 0;
  let mayHaveCutLine = false;
  // Each line's own callback is told as well.
  stream.on('error', () => {});
  const onWritten = (error: Error | null | undefined): void => {
    if (!error) return;
    failures += 1;
    // A disk that fills up takes the beginning of a line.
    mayHaveCutLine = true;
  };
  return {
    write: (line) => {
      if (stream.writableLength > maxWaitingLogBytes) {
        failures += 1;
        return;
      }
      const text = mayHaveCutLine ? `\n${line}` : line;
      mayHaveCutLine = false;
      stream.write(text, onWritten);
    },
    failures: () => failures,
  };
};
