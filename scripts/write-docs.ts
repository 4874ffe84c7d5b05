import { readdir, readFile, writeFile } from 'node:fs/promises';
import process from 'node:process';
import { configReference } from '../src/config.ts';

/** Writes the generated parts of docs/. With --check it writes nothing and fails if a committed part differs. */
const docs = new URL('../docs/', import.meta.url);
const decisions = new URL('decisions/', docs);

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
  const names = (await readdir(decisions)).filter((name) => /^\d+-.*\.md$/.test(name)).sort();
  const lines = names.map(async (name) => {
    const text = await readFile(new URL(name, decisions), 'utf8');
    const title = /^# (?:\d+[.:]? )?(.*)$/m.exec(text)?.[1] ?? name;
    return `- [${name.slice(0, 3)}](${name}) ${title}`;
  });
  return (await Promise.all(lines)).join('\n');
};

const fill = (page: string, text: string, part: string, content: string): string => {
  const start = `<!-- ${part}: written by npm run docs -->`;
  const end = `<!-- /${part} -->`;
  const [before, rest] = text.split(start);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) {
    throw new Error(`docs/${page} has lost a marker: ${start} or ${end}`);
  }
  return `${before}${start}\n${content}\n${end}${after}`;
};

const parts = [
  { page: 'configuration.md', part: 'configuration', content: configuration() },
  { page: 'decisions/README.md', part: 'decisions', content: await decisionList() },
];

for (const { page, part, content } of parts) {
  const file = new URL(page, docs);
  const text = await readFile(file, 'utf8');
  const written = fill(page, text, part, content);
  if (!process.argv.includes('--check')) await writeFile(file, written);
  else if (written !== text) {
    process.stderr.write(`docs/${page} is out of date: run \`npm run docs\`.\n`);
    process.exitCode = 1;
  }
}
