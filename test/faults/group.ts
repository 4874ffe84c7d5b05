/** One table of the fault catalogue. */
export interface Group {
  readonly title: string;
  readonly text: string;
  readonly columns: readonly string[];
  /** The first cell of a row is the name of the case. */
  readonly rows: readonly (readonly string[])[];
  /** The number of tests for each row. */
  readonly casesPerRow: number;
}

/** Formats a text as code in Markdown. */
export const code = (text: string): string => `\`${text}\``;
