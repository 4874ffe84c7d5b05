import process from 'node:process';

/** One measurement and its bounds. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly most?: number;
  readonly least?: number;
}

const numberOf = (value: number): string =>
  value.toLocaleString('en', { maximumFractionDigits: Math.abs(value) < 10 ? 3 : 0 });

/** Whether a figure is within its bounds. */
export const isWithinBound = ({ value, most, least }: Figure): boolean =>
  !Number.isNaN(value) && value <= (most ?? Infinity) && value >= (least ?? -Infinity);

const boundOf = ({ most, least }: Figure): string => {
  if (most !== undefined) return `at most ${numberOf(most)}`;
  return least === undefined ? '' : `at least ${numberOf(least)}`;
};

/** Prints figures as a table. */
export const printFigures = (title: string, figures: readonly Figure[], note: string): void => {
  const rows = figures.map((figure) => [
    figure.name,
    `${numberOf(figure.value)} ${figure.unit}`.trim(),
    boundOf(figure),
    isWithinBound(figure) ? '' : 'MISSED',
  ]);
  const widths = [0, 1, 2].map((column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  process.stdout.write(`\n${title}\n  ${lines.join('\n  ')}\n  (${note})\n`);
};
