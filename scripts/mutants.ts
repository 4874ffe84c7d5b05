import { fork } from 'node:child_process';
import { Console } from 'node:console';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/**
 * Shows that the oracle bites: plants one deliberate fault at a time in a copy of the feed, and walks it until a few
 * walks have noticed. Prints which did; fails where a fault cannot be planted any more, goes unnoticed in 500 seeds (or
 * as many as the first argument says), or the feed as it is breaks a promise in the same seeds.
 */
interface Fault {
  readonly name: string;
  readonly file: string;
  readonly sound: string;
  readonly faulty: string;
}

/** Where a lane has a list traced by what was beside a gap: the one place that decides how answers are joined. */
const traced = `const foreign = isTraced
      ? { ...foreignTrace(this.#hint, along), position: aim.position }
      : null;`;
/** Looks for a gap by its position alone. */
const byPosition = '{ neighbours: { lower: [], higher: [] }, position: aim.position }';

const faults: readonly Fault[] = [
  {
    name: 'no anchor check',
    file: 'border.ts',
    sound: "if (!view.atStart && !isGuarded(items, reading, gap, doubts)) return 'overshot';",
    faulty: '',
  },
  {
    name: 'offset-only cursor',
    file: 'lane.ts',
    sound: traced,
    faulty: `const foreign = this.hasRead || this.#gap === walk.nearEnd ? null : ${byPosition};`,
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
    sound:
      'const limit = isLast ? Math.max(1, answer.limit, answer.items.length) : answer.items.length;',
    faulty: 'const { limit } = asked;',
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
    name: 'no place for a record without a key',
    file: 'listed-keys.ts',
    sound: 'if (listed === undefined) keys[index] = inferred;',
    faulty: 'if (listed === undefined) keys[index] = alike;',
  },
  {
    name: 'joining two answers at a seam',
    file: 'lane.ts',
    sound: traced,
    faulty: `const foreign = this.hasRead && this.#gap !== walk.nearEnd ? ${byPosition} : null;`,
  },
];

/** What a probe tells of each walk. */
interface WalkedSeed {
  readonly seed: number;
  readonly broken: string | null;
}

interface Outcome {
  readonly walks: number;
  readonly noticed: number;
  readonly firstSeed: number | null;
  readonly message: string;
}

const enough = 3;
// A sound walk takes a second at most: one that takes so much longer is endless.
const longestWalkMs = 20_000;
const seeds = Number(process.argv[2] ?? 500);
const console = new Console(process.stdout, process.stderr);
const root = fileURLToPath(new URL('..', import.meta.url));
const tokens = join('src', 'tokens');
const oracle = join('test', 'tokens', 'oracle');

const probe = `import process from 'node:process';
import { runWalks } from './${oracle}/walks.ts';
for (let seed = 0; seed < ${seeds}; seed += 1) {
  const { broken } = await runWalks(seed, seed + 1);
  process.send({ seed, broken: broken[0]?.message ?? null });
}
process.disconnect();
`;

const plant = async (copy: string, { name, file, sound, faulty }: Fault): Promise<void> => {
  const path = join(copy, tokens, file);
  const text = await readFile(path, 'utf8');
  if (text.split(sound).length !== 2) {
    throw new Error(`"${name}" cannot be planted in ${file} any more.`);
  }
  await writeFile(path, text.replace(sound, faulty));
};

/** Walks one copy in a process of its own, which may be ended: a fault can make a walk endless. */
const walk = async (copy: string): Promise<Outcome> => {
  // From the repository's folder, so that the loader of TypeScript is found.
  const child = fork(join(copy, 'probe.ts'), { cwd: root, execArgv: ['--import', 'tsx'] });
  let walks = 0;
  const noticed: WalkedSeed[] = [];
  const note = (walked: WalkedSeed): void => {
    walks += 1;
    if (walked.broken !== null) noticed.push(walked);
    if (noticed.length >= enough) child.kill('SIGKILL');
  };
  const giveUp = (): void => {
    note({ seed: walks, broken: `the walk did not end within ${longestWalkMs / 1000} s` });
    child.kill('SIGKILL');
  };
  let timer = setTimeout(giveUp, longestWalkMs);
  child.on('message', (walked: WalkedSeed) => {
    clearTimeout(timer);
    timer = setTimeout(giveUp, longestWalkMs);
    if (noticed.length < enough) note(walked);
  });
  await once(child, 'exit');
  clearTimeout(timer);
  if (noticed.length === 0 && walks < seeds) throw new Error('A probe ended before its walks.');
  const [first] = noticed;
  return {
    walks,
    noticed: noticed.length,
    firstSeed: first?.seed ?? null,
    message: (first?.broken ?? '').slice(0, 70),
  };
};

const tryFault = async (fault: Fault | null): Promise<Outcome> => {
  const copy = await mkdtemp(join(tmpdir(), 'feed-fault-'));
  try {
    await cp(join(root, tokens), join(copy, tokens), { recursive: true });
    await cp(join(root, oracle), join(copy, oracle), { recursive: true });
    await writeFile(join(copy, 'package.json'), '{ "type": "module" }\n');
    await writeFile(join(copy, 'probe.ts'), probe);
    if (fault !== null) await plant(copy, fault);
    return await walk(copy);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
};

const table: Record<string, Outcome> = {};
const waiting: (Fault | null)[] = [null, ...faults];
const work = async (): Promise<void> => {
  for (let fault = waiting.shift(); fault !== undefined; fault = waiting.shift()) {
    const outcome = await tryFault(fault);
    table[fault?.name ?? '(no fault)'] = outcome;
    if ((fault === null) !== (outcome.noticed === 0)) process.exitCode = 1;
  }
};
for (const { name } of [{ name: '(no fault)' }, ...faults]) {
  table[name] = { walks: 0, noticed: 0, firstSeed: null, message: '' };
}
await Promise.all(Array.from({ length: availableParallelism() }, work));
console.table(table);
