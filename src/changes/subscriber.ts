import type { Clock } from '../domain/clock.ts';
import { type GatewayError, RateLimitedError } from '../domain/errors.ts';
import type { Change, ChangeRequest, ChangeStream } from './types.ts';

/** The most changes that may wait for a subscriber, besides those that it has missed before it came. */
export const mostWaiting = 1_000;
/** How long a subscriber has to take what is too much, in milliseconds: one reading can find more than may wait. */
const graceMs = 2_000;

/** The subscriber does not take its changes as fast as they come. `cursor` resumes after the last one that it took. */
export class SlowSubscriberError extends RateLimitedError {
  override readonly details: { readonly retryAfterSeconds: number; readonly cursor: string };

  constructor(cursor: string) {
    super(
      `More than ${mostWaiting} changes waited for this subscriber, which did not read them. Subscribe again with "cursor" as "after".`,
      1_000,
    );
    this.details = { retryAfterSeconds: 1, cursor };
  }
}

type Next<Node> = IteratorResult<Change<Node>, undefined>;

interface Waiter<Node> {
  readonly resolve: (next: Next<Node>) => void;
  readonly reject: (error: unknown) => void;
}

const done = { done: true, value: undefined } as const;

interface SubscriberOptions<Node> extends Pick<ChangeRequest<Node>, 'matches'> {
  readonly clock: Clock;
  /** The cursor for a subscriber that has taken no change yet. */
  readonly startCursor: () => string;
  /** Called once, when the stream has ended in any way. */
  readonly onEnd: () => void;
}

/** The stream of one subscriber, and what waits for it. */
export class Subscriber<Node> implements ChangeStream<Node> {
  readonly #options: SubscriberOptions<Node>;
  #waiting: Change<Node>[] = [];
  /** The number of changes in `#waiting` that were taken. */
  #taken = 0;
  /** The number of missed changes among those that wait. */
  #missed = 0;
  /** The last change that was taken, or its cursor alone. */
  #last: Pick<Change<Node>, 'cursor'> | null = null;
  #waiters: Waiter<Node>[] = [];
  #end: { readonly error: GatewayError | null } | null = null;
  #cancelGrace: (() => void) | null = null;

  constructor(options: SubscriberOptions<Node>) {
    this.#options = options;
  }

  /** Adds changes. `areMissed`: they happened before the subscriber came, and do not count as waiting. */
  push(changes: readonly Change<Node>[], areMissed = false): void {
    if (this.#end) return;
    const matching = changes.filter(({ node }) => this.#options.matches(node));
    this.#waiting.push(...matching);
    if (areMissed) this.#missed += matching.length;
    while (this.#waiters.length > 0 && this.#count() > 0)
      this.#waiters.shift()?.resolve(this.#take());
    if (this.#isSlow() && this.#cancelGrace === null) {
      this.#cancelGrace = this.#options.clock.schedule(graceMs, () => {
        this.#cancelGrace = null;
        if (this.#isSlow()) this.end(new SlowSubscriberError(this.#resumeCursor()));
      });
    }
  }

  /** Ends the stream. What waits is dropped: the subscriber resumes after the last change that it took. */
  end(error: GatewayError | null): void {
    if (this.#end) return;
    this.#end = { error };
    this.#waiting = [];
    this.#taken = 0;
    this.#cancelGrace?.();
    const [first, ...others] = this.#waiters.splice(0);
    if (error) first?.reject(error);
    else first?.resolve(done);
    for (const { resolve } of others) resolve(done);
    // The error is delivered once.
    if (first) this.#end = { error: null };
    this.#options.onEnd();
  }

  next(): Promise<Next<Node>> {
    if (this.#end) {
      const { error } = this.#end;
      this.#end = { error: null };
      return error ? Promise.reject(error) : Promise.resolve(done);
    }
    if (this.#count() > 0) return Promise.resolve(this.#take());
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
    });
  }

  return(): Promise<Next<Node>> {
    this.end(null);
    return Promise.resolve(done);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #count(): number {
    return this.#waiting.length - this.#taken;
  }

  #isSlow(): boolean {
    return this.#count() - this.#missed > mostWaiting;
  }

  #resumeCursor(): string {
    return this.#last?.cursor ?? this.#options.startCursor();
  }

  #take(): Next<Node> {
    const change = this.#waiting[this.#taken];
    if (change === undefined) return done;
    this.#taken += 1;
    this.#missed = Math.max(0, this.#missed - 1);
    const isLast = this.#taken === this.#waiting.length;
    if (this.#taken > mostWaiting || isLast) {
      this.#waiting = this.#waiting.slice(this.#taken);
      this.#taken = 0;
    }
    // A change holds all items of its reading, and the next one can come days later.
    this.#last = isLast ? { cursor: change.cursor } : change;
    return { done: false, value: change };
  }
}
