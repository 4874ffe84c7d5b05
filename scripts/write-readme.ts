import { readdir, readFile, writeFile } from 'node:fs/promises';
import process from 'node:process';
import { configReference } from '../src/config.ts';

/** Writes the README's generated parts, or with --check fails where the committed ones differ. */
const root = new URL('../', import.meta.url);
const file = new URL('README.md', root);
const decisions = new URL('docs/decisions/', root);

const configuration = (): string =>
  [
    '| variable | default | meaning |',
    '|---|---|---|',
    ...configReference().map(
      ({ name, fallback, description }) =>
        `| \`${name}\` | ${fallback === 'unset' ? fallback : `\`${fallback}\``} | ${description} |`,
    ),
  ].join('\n');

const decisionList = async (): Promise<string> => {
  const names = (await readdir(decisions)).filter((name) => name.endsWith('.md')).sort();
  const lines = names.map(async (name) => {
    const text = await readFile(new URL(name, decisions), 'utf8');
    const title = /^# (?:\d+[.:]? )?(.*)$/m.exec(text)?.[1] ?? name;
    return `- [${name.slice(0, 3)}](docs/decisions/${name}) ${title}`;
  });
  return (await Promise.all(lines)).join('\n');
};

const fill = (text: string, part: string, content: string): string => {
  const start = `<!-- ${part}: written by npm run readme -->`;
  const end = `<!-- /${part} -->`;
  const [before, rest] = text.split(start);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) {
    throw new Error(`README.md has lost a marker: ${start} or ${end}`);
  }
  return `${before}${start}\n${content}\n${end}${after}`;
};

const readme = await readFile(file, 'utf8');
const written = fill(
  fill(readme, 'configuration', configuration()),
  'decisions',
  await decisionList(),
);

if (!process.argv.includes('--check')) await writeFile(file, written);
else if (written !== readme) {
  process.stderr.write('README.md has a part that is out of date: run `npm run readme`.\n');
  process.exit(1);
}
