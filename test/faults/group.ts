/** One group of cases of the fault catalogue, as a table. */
export interface Group {
  readonly title: string;
  readonly text: string;
  readonly columns: readonly string[];
  /** The first cell is the case's name. */
  readonly rows: readonly (readonly string[])[];
  /** Tests for each row. */
  readonly casesPerRow: number;
}

/** A text as code, in Markdown. */
export const code = (text: string): string => `\`${text}\``;
