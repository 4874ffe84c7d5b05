import { execFile } from 'node:child_process';
import { Console } from 'node:console';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/**
 * Shows that the oracle bites: plants one deliberate fault at a time in a copy of the feed, and walks it. Prints how many
 * of the walks (300 seeds, or as many as the first argument says) noticed, and fails where a fault cannot be planted any
 * more, goes unnoticed, or the feed as it is breaks a promise.
 */
interface Fault {
  readonly name: string;
  readonly file: string;
  readonly sound: string;
  readonly faulty: string;
}

const faults: readonly Fault[] = [
  {
    name: 'no anchor check',
    file: 'border.ts',
    sound: "return view.atStart || isGuarded ? firstAhead(items, reading, gap) : 'overshot';",
    faulty: 'return isGuarded ? firstAhead(items, reading, gap) : firstAhead(items, reading, gap);',
  },
  {
    name: 'offset-only cursor',
    file: 'lane.ts',
    sound: 'const isTraced = this.isForeign && this.#gap !== walk.nearEnd;',
    faulty: 'const isTraced = this.#gap !== walk.nearEnd;',
  },
  {
    name: 'wrong tie-break',
    file: 'border.ts',
    sound: 'walk.comparePlaces(left.place, right.place)',
    faulty: 'walk.comparePlaces(right.place, left.place)',
  },
  {
    name: 'ignored clamp',
    file: 'view.ts',
    sound: ': answer.items.length;',
    faulty: ': asked.limit;',
  },
  {
    name: 'dropped position of a failed platform',
    file: 'merge.ts',
    sound: 'if (strand.stop !== null) return strand.stop;',
    faulty: '',
  },
  {
    name: 'emitting past the known run',
    file: 'merge.ts',
    sound: 'if (lane.isExhausted) return true;',
    faulty: 'if (lane.known.length >= 0) return true;',
  },
  {
    name: 'joining two answers at a seam',
    file: 'lane.ts',
    sound: 'const isTraced = this.isForeign && this.#gap !== walk.nearEnd;',
    faulty: 'const isTraced = (this.isForeign || this.hasRead) && this.#gap !== walk.nearEnd;',
  },
];

interface Outcome {
  readonly broken: number;
  readonly first: string;
}

const walks = Number(process.argv[2] ?? 300);
const console = new Console(process.stdout, process.stderr);
const root = fileURLToPath(new URL('..', import.meta.url));
const copy = await mkdtemp(join(tmpdir(), 'feed-faults-'));
const tokens = join('src', 'tokens');
const oracle = join('test', 'tokens', 'oracle');

const walk = async (): Promise<Outcome> => {
  // From the repository's folder, so that the loader of TypeScript is found.
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', join(copy, 'walk.ts'), String(walks)],
    { cwd: root },
  );
  const [broken = '', first = ''] = stdout.trim().split('\t');
  return { broken: Number(broken), first: first.slice(0, 70) };
};

try {
  await cp(join(root, tokens), join(copy, tokens), { recursive: true });
  await cp(join(root, oracle), join(copy, oracle), { recursive: true });
  await writeFile(join(copy, 'package.json'), '{ "type": "module" }\n');
  await writeFile(
    join(copy, 'walk.ts'),
    `import process from 'node:process';
import { runWalks } from './${oracle}/walks.ts';
const { broken } = await runWalks(0, Number(process.argv[2]));
process.stdout.write(\`\${broken.length}\\t\${broken[0]?.message ?? ''}\`);
`,
  );

  const table: Record<string, { noticedBy: string; first: string }> = {};
  const note = (name: string, { broken, first }: Outcome) => {
    table[name] = { noticedBy: `${broken} of ${walks} walks`, first };
  };
  const sound = await walk();
  note('(no fault)', sound);
  if (sound.broken > 0) process.exitCode = 1;
  for (const fault of faults) {
    const path = join(copy, tokens, fault.file);
    const text = await readFile(path, 'utf8');
    if (text.split(fault.sound).length !== 2) {
      throw new Error(`"${fault.name}" cannot be planted in ${fault.file} any more.`);
    }
    await writeFile(path, text.replace(fault.sound, fault.faulty));
    const outcome = await walk();
    await writeFile(path, text);
    note(fault.name, outcome);
    if (outcome.broken === 0) process.exitCode = 1;
  }
  console.table(table);
} finally {
  await rm(copy, { recursive: true, force: true });
}
