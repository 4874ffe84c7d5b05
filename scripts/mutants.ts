import { fork } from 'node:child_process';
import { Console } from 'node:console';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/**
 * Shows that the walks find faults. Plants one fault at a time in a copy of `paging` or `changes`, and runs walks over the
 * copy until three walks have noticed it. Prints a table of the faults. Exits with 1 if a fault goes unnoticed in 500 seeds
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

const pagingFaults: readonly Fault[] = [
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

const changesFaults: readonly Fault[] = [
  {
    name: 'no overlap',
    file: 'position.ts',
    sound: 'Math.min(newest - overlapMs, leastItem)',
    faulty: 'newest',
  },
  {
    name: 'no de-duplication',
    file: 'position.ts',
    sound: '(seen.get(digest) ?? -1) >= updatedMs',
    faulty: 'seen.size < 0 && digest === updatedMs',
  },
  {
    name: 'older versions are changes',
    file: 'position.ts',
    sound: '(seen.get(digest) ?? -1) >= updatedMs',
    faulty: 'seen.get(digest) === updatedMs',
  },
  {
    name: 'a cursor of the last read',
    file: 'change-batch.ts',
    sound: 'encode(positionsAfter(index + 1))',
    faulty: 'encode(positionsAfter(index - index + merged.length))',
  },
  {
    name: 'a cursor without the overlap',
    file: 'cursor.ts',
    sound: 'const floorMs = coder.count(position?.floorMs ?? 0, Number.MAX_SAFE_INTEGER);',
    faulty: `const newestMs = Math.max(position?.floorMs ?? 0, ...(position?.seen.values() ?? []));
      const floorMs = coder.count(newestMs, Number.MAX_SAFE_INTEGER);`,
  },
  {
    name: 'an outdated answer counts as all',
    file: 'follower.ts',
    sound: 'if (common && canGoOnAt(position, common)) own.delete(list);',
    faulty: 'if (common) own.delete(list);',
  },
  {
    name: 'readings too shallow for those who resume',
    file: 'follower.ts',
    sound: 'floorMs: floorOf(list),',
    faulty: 'floorMs: positions.get(list)?.floorMs ?? floorOf(list),',
  },
  {
    name: 'replicas compare their newest item',
    file: 'read-turns.ts',
    sound: 'const floorMs = startOfOverlap(items);',
    faulty: 'const floorMs = Math.max(startOfOverlap(items), items.at(-1)?.updatedMs ?? 0);',
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
const oracle = join('test', 'paging', 'oracle');

/** A module, the walks over it, and the faults that they must notice. */
interface Suite {
  readonly folder: string;
  /** The code under test, what it imports, and the walks. */
  readonly copied: readonly string[];
  readonly faults: readonly Fault[];
  /** A program that walks, and sends a WalkedSeed after each walk. */
  readonly probe: string;
}

const suites: readonly Suite[] = [
  {
    folder: join('src', 'paging'),
    copied: [join('src', 'paging'), join('src', 'domain'), oracle],
    faults: pagingFaults,
    probe: `import process from 'node:process';
import { runWalks } from './${oracle}/walks.ts';
for (let seed = 0; seed < ${seeds}; seed += 1) {
  const { broken } = await runWalks(seed, seed + 1);
  process.send({ seed, broken: broken[0]?.message ?? null });
}
process.disconnect();
`,
  },
  {
    folder: join('src', 'changes'),
    copied: [
      ...['changes', 'paging', 'domain', 'state'].map((folder) => join('src', folder)),
      ...[join('test', 'changes'), join('test', 'support', 'time')],
    ],
    faults: changesFaults,
    probe: `import process from 'node:process';
import fc from 'fast-check';
import { brokenPromises, walks } from './test/changes/walk.ts';
for (const [seed, walk] of fc.sample(walks, { numRuns: ${seeds}, seed: 1 }).entries()) {
  const broken = await brokenPromises(walk);
  process.send({ seed, broken: broken[0] ?? null });
}
process.disconnect();
`,
  },
];

const plant = async (path: string, { name, file, sound, faulty }: Fault): Promise<void> => {
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

const tryFault = async (suite: Suite, fault: Fault | null): Promise<Outcome> => {
  const copy = await mkdtemp(join(tmpdir(), 'planted-fault-'));
  try {
    for (const folder of suite.copied) {
      await cp(join(root, folder), join(copy, folder), { recursive: true });
    }
    await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
    await writeFile(join(copy, 'package.json'), '{ "type": "module" }\n');
    await writeFile(join(copy, 'probe.ts'), suite.probe);
    if (fault !== null) await plant(join(copy, suite.folder, fault.file), fault);
    return await walk(copy);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
};

const waiting = suites.flatMap((suite) =>
  [null, ...suite.faults].map((fault) => ({
    suite,
    fault,
    name: `${suite.folder}: ${fault?.name ?? '(no fault)'}`,
  })),
);
const table: Record<string, Outcome> = Object.fromEntries(
  waiting.map(({ name }) => [name, { walks: 0, noticed: 0, firstSeed: null, message: '' }]),
);
const work = async (): Promise<void> => {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const outcome = await tryFault(next.suite, next.fault);
    table[next.name] = outcome;
    if ((next.fault === null) !== (outcome.noticed === 0)) process.exitCode = 1;
  }
};
await Promise.all(Array.from({ length: availableParallelism() }, work));
console.table(table);
