import type { Writable } from 'node:stream';
import type { WriteLog } from './logging.ts';

/** The destination of the log. */
export interface LogOutput {
  readonly write: WriteLog;
  /** The number of lines that could not be written. */
  readonly failures: () => number;
}

/** Limit of bytes that wait to be written: the lines of a few seconds. Further lines are lost. */
export const maxWaitingLogBytes = 1024 * 1024;

/**
 * Writes lines to a stream that can fail or stall at any time, because the disk is full or the pipe is not read. Lines
 * that cannot be written are lost and counted. Writing never waits and never throws.
 */
export const createLogOutput = (stream: Writable): LogOutput => {
  let failures = 0;
  let mayHaveCutLine = false;
  // The callback of each line gets the same error.
  stream.on('error', () => {});
  const onWritten = (error: Error | null | undefined): void => {
    if (!error) return;
    failures += 1;
    // If a disk fills up, only the beginning of a line may have been written.
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
