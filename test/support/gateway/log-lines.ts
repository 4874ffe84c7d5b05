import type { Loose } from '../loose.ts';

/** Parses the complete log lines in the output of a gateway process. Lines that are not JSON objects are omitted. */
export const parseLogLines = (output: string): Loose[] =>
  output
    .slice(0, output.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));

/** Returns the log lines with this message in the output of a gateway process. */
export const findLogLines = (output: string, message: string): Loose[] =>
  parseLogLines(output).filter(({ msg }) => msg === message);
