import { type ContenderName, contenderNames, titles } from './contenders.ts';
import { type Results, toRatios } from './report.ts';

const colours: Readonly<Record<ContenderName, string>> = {
  bare: '#9aa0a6',
  plain: '#d98c5f',
  gateway: '#3b6fb6',
};
const left = 270;
const width = 560;
const barHeight = 14;
const groupHeight = 3 * barHeight + 18;
const top = 56;
/** The axis is logarithmic with base 2, so that twice as fast and half as fast are equally far from 1. */
const lowest = -3;
const highest = 4;

const xOf = (ratio: number): number => {
  const power = Math.min(highest, Math.max(lowest, Math.log2(ratio)));
  return left + ((power - lowest) / (highest - lowest)) * width;
};

const text = (x: number, y: number, content: string, more = ''): string =>
  `<text x="${x.toFixed(0)}" y="${y.toFixed(0)}" ${more}>${content}</text>`;

/** Draws the ratios as bars from 1, which is the bare aggregator. */
export const draw = (results: Results): string => {
  const ratios = toRatios(results);
  const height = top + ratios.length * groupHeight + 30;
  const ticks = Array.from({ length: highest - lowest + 1 }, (_, index) => 2 ** (lowest + index));
  const grid = ticks.map((tick) => {
    const x = xOf(tick);
    const line = `<line x1="${x}" x2="${x}" y1="${top - 8}" y2="${height - 24}" stroke="${tick === 1 ? '#333' : '#ddd'}"/>`;
    return (
      line + text(x, height - 8, tick < 1 ? `1/${1 / tick}` : String(tick), 'text-anchor="middle"')
    );
  });
  const legend = contenderNames.map((name, index) => {
    const x = left + index * 150;
    const box = `<rect x="${x}" y="14" width="12" height="12" fill="${colours[name]}"/>`;
    return box + text(x + 18, 24, titles[name]);
  });
  const groups = ratios.map(({ title, isBetterHigh, of }, group) => {
    const y = top + group * groupHeight;
    const heading =
      text(left - 12, y + 20, title, 'text-anchor="end" font-weight="600"') +
      text(
        left - 12,
        y + 36,
        isBetterHigh ? 'more is better' : 'less is better',
        'text-anchor="end" fill="#666"',
      );
    const bars = contenderNames.map((name, index) => {
      const [start, end] = [xOf(1), xOf(of[name])].sort((one, other) => one - other);
      const barWidth = Math.max(2, (end ?? 0) - (start ?? 0));
      const barY = y + index * barHeight;
      const bar = `<rect x="${start?.toFixed(1)}" y="${barY}" width="${barWidth.toFixed(1)}" height="${barHeight - 3}" fill="${colours[name]}"/>`;
      return bar + text((end ?? 0) + 6, barY + 10, of[name].toFixed(2), 'font-size="11"');
    });
    return heading + bars.join('');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${left + width + 60} ${height}" font-family="sans-serif" font-size="13" role="img">
<title>Ratios to the bare aggregator</title>
<rect width="100%" height="100%" fill="#fff"/>
${[...grid, ...legend, ...groups].join('\n')}
</svg>
`;
};
