import { fork } from 'node:child_process';
import { Console } from 'node:console';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/**
 * Shows that the oracle finds faults. Plants one fault at a time in a copy of `paging`, and runs walks over the copy
 * until three walks have noticed it. Prints a table of the faults. Exits with 1 if a fault goes unnoticed in 500 seeds
 * (or the number given as the first argument), if a fault cannot be planted because its source text has changed, or if
 * the code without a fault breaks a promise in the same seeds.
 */
interface Fault {
  readonly name: string;
  readonly file: string;
  readonly sound: string;
  readonly faulty: string;
}

/** Where a source reader decides whether it locates a boundary by its neighbours. Two faults change it. */
const byNeighbours =
  'const neighbourHint = usesNeighbours ? { neighbours: neighboursIn(this.#hint), offset } : null;';
/** A hint without neighbours: the boundary is then located by its offset alone. */
const byOffset = '{ neighbours: { lower: [], higher: [] }, offset }';

const faults: readonly Fault[] = [
  {
    name: 'no anchor check',
    file: 'source/boundary-location.ts',
    sound: `if (!view.atStart && !startsBehind(items, sourceTraversal, boundary, needsTwoBehind)) {
    return 'overshot';
  }`,
    faulty: '',
  },
  {
    name: 'offset-only cursor',
    file: 'source/source-reader.ts',
    sound: byNeighbours,
    faulty: `const isAtStart = this.#boundary === this.#settings.traversal.nearEnd;
    const neighbourHint = this.hasRead || isAtStart ? null : ${byOffset};`,
  },
  {
    name: 'wrong tie-break',
    file: 'source/tie-groups.ts',
    sound: 'traversal.comparePositions(left.position, right.position)',
    faulty: 'traversal.comparePositions(right.position, left.position)',
  },
  {
    name: 'ignored clamp',
    file: 'source/page-view.ts',
    sound:
      'const limit = isLast ? Math.max(1, answer.limit, answer.items.length) : answer.items.length;',
    faulty: 'const { limit } = asked;',
  },
  {
    name: 'dropped boundary of a failed source',
    file: 'merge.ts',
    sound: 'if (source.keptBoundary !== null) return source.keptBoundary;',
    faulty: '',
  },
  {
    name: 'edges past the last known item',
    file: 'merge.ts',
    sound: 'if (reader.isExhausted) return true;',
    faulty: 'if (reader.known.length >= 0) return true;',
  },
  {
    name: 'no key inferred for a record without one',
    file: 'source/listed-keys.ts',
    sound: 'if (listed === undefined) keys[index] = inferred;',
    faulty: 'if (listed === undefined) keys[index] = sameKey;',
  },
  {
    name: 'answers joined by offset',
    file: 'source/source-reader.ts',
    sound: byNeighbours,
    faulty: `const isAtStart = this.#boundary === this.#settings.traversal.nearEnd;
    const neighbourHint = this.hasRead && !isAtStart ? ${byOffset} : null;`,
  },
];

/** The message of a probe after each walk. */
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
// A walk over the code without a fault takes at most a second. One that takes 20 s does not end.
const longestWalkMs = 20_000;
const seeds = Number(process.argv[2] ?? 500);
const console = new Console(process.stdout, process.stderr);
const root = fileURLToPath(new URL('..', import.meta.url));
const paging = join('src', 'paging');
const oracle = join('test', 'paging', 'oracle');
// The code under test, what it imports, and the oracle.
const copied = [paging, join('src', 'domain'), oracle];

const probe = `import process from 'node:process';
import { runWalks } from './${oracle}/walks.ts';
for (let seed = 0; seed < ${seeds}; seed += 1) {
  const { broken } = await runWalks(seed, seed + 1);
  process.send({ seed, broken: broken[0]?.message ?? null });
}
process.disconnect();
`;

const plant = async (copy: string, { name, file, sound, faulty }: Fault): Promise<void> => {
  const path = join(copy, paging, file);
  const text = await readFile(path, 'utf8');
  if (text.split(sound).length !== 2) {
    throw new Error(`"${name}" cannot be planted in ${file} any more.`);
  }
  await writeFile(path, text.replace(sound, faulty));
};

/** Runs the walks over one copy in a process of its own, which can be ended if a fault makes a walk endless. */
const walk = async (copy: string): Promise<Outcome> => {
  // The working directory is the repository, so that the TypeScript loader is found.
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
  const copy = await mkdtemp(join(tmpdir(), 'paging-fault-'));
  try {
    for (const folder of copied) {
      await cp(join(root, folder), join(copy, folder), { recursive: true });
    }
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
