import type { UpstreamCall } from '../domain/operation.ts';

/** What happened to an item. */
export type ChangeKind = 'CREATED' | 'UPDATED' | 'REVOKED';

/** One change of an item of a followed list. */
export interface Change<Node> {
  readonly kind: ChangeKind;
  /** The item as it is after the change. */
  readonly node: Node;
  /** The text to resume after this change. It holds no id and nothing of the item. */
  readonly cursor: string;
  /** The upstream calls of the reading that found the change. All who watch share them. */
  readonly calls: readonly UpstreamCall[];
}

/** What a subscriber asks for. */
export interface ChangeRequest<Node> {
  /** The cursor of an earlier change. Null: changes from now on. */
  readonly after: string | null;
  /** Which items the subscriber gets changes of. */
  readonly matches: (node: Node) => boolean;
}

/**
 * The changes that one subscriber gets, until it calls `return`. `next` rejects with a GatewayError if the stream ends with
 * an error, and is done if the process ends. `return` also ends a `next` that waits.
 */
export interface ChangeStream<Node> {
  next(): Promise<IteratorResult<Change<Node>, undefined>>;
  return(): Promise<IteratorResult<Change<Node>, undefined>>;
  [Symbol.asyncIterator](): ChangeStream<Node>;
}
