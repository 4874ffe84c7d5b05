import { useEffect, useRef, useState } from 'react';
import type { TokenState } from '../names.ts';
import { nameOf, shownStateOf } from '../token-row.tsx';
import type { LiveStatus } from './follow.ts';
import { useLive, useLiveState } from './live.ts';
import type { Row } from './rows.ts';

/** Screen readers get at most one announcement of changes within this time. */
const batchMs = 5_000;

const words: Partial<Record<TokenState, string>> = {
  DONE: 'enrolled',
  DELETED: 'revoked',
  EXPIRED: 'expired',
};

/** What happened to a row, in a word. */
const wordFor = ({ token, mark }: Row, before: Row | undefined): string => {
  if (mark === 'new') return 'new';
  const state = shownStateOf(token);
  const isSame = before !== undefined && shownStateOf(before.token) === state;
  return (isSame ? null : words[state]) ?? 'changed';
};

interface Happened {
  readonly name: string;
  readonly word: string;
}

/** Sums up changes: `3 tokens changed: 2 enrolled, 1 new.` */
const describe = (happened: readonly Happened[]): string => {
  const [only] = happened;
  if (!only) return '';
  if (happened.length === 1) return `${only.name}: ${only.word}.`;
  const counts = new Map<string, number>();
  for (const { word } of happened) counts.set(word, (counts.get(word) ?? 0) + 1);
  const parts = [...counts].map(([word, count]) => `${count} ${word}`);
  return `${happened.length} tokens changed: ${parts.join(', ')}.`;
};

const lost = 'The connection is lost. The list is not up to date.';

/** What to say about the connection, if something else was true before. */
const describeStatus = (before: LiveStatus, status: LiveStatus): string => {
  if (before.state === status.state) return '';
  if (status.state === 'stopped') return 'Live updates have stopped.';
  if (status.state === 'lost') return lost;
  return before.state === 'connecting' ? '' : 'The connection is back.';
};

interface AnnouncerProps {
  readonly rows: readonly Row[];
  /** How many tokens are shown. It is announced at once when a page has been loaded. */
  readonly count: string;
  /** Changes when a page has been loaded. */
  readonly loadedAt: number;
}

/** The region that tells screen readers what happens to the list. It is polite, and the only one of the list. */
export const Announcer = ({ rows, count, loadedAt }: AnnouncerProps) => {
  const { isOwn } = useLive();
  const { status } = useLiveState();
  const [text, setText] = useState('');
  const known = useRef(new Map<string, Row>());
  const happened = useRef(new Map<string, Happened>());
  const announced = useRef(status);
  const current = useRef(status);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the count of a page is announced, and not that of a change.
  useEffect(() => {
    if (loadedAt > 0) setText(count);
  }, [loadedAt]);

  useEffect(() => {
    for (const row of rows) {
      const { id } = row.token;
      const before = known.current.get(id);
      const isOwnCreation = isOwn(id) && (before === undefined || row.mark === 'new');
      if (row.mark && before?.version !== row.version && !isOwnCreation) {
        happened.current.set(id, { name: nameOf(row.token), word: wordFor(row, before) });
      }
      known.current.set(id, row);
    }
    current.current = status;
    const isDue = happened.current.size > 0 || announced.current.state !== status.state;
    if (!isDue || timer.current !== undefined) return;
    // The same text twice would not be read.
    setText('');
    timer.current = setTimeout(() => {
      timer.current = undefined;
      const parts = [
        describeStatus(announced.current, current.current),
        describe([...happened.current.values()]),
      ];
      setText(parts.filter((part) => part !== '').join(' '));
      announced.current = current.current;
      happened.current.clear();
    }, batchMs);
  }, [rows, status, isOwn]);
  useEffect(() => () => clearTimeout(timer.current), []);

  return <output className="announcer">{text}</output>;
};
