import { type ExecutionArgs, getOperationAST } from 'graphql';

/** In characters. Clients choose names, and a name can be nearly as long as a document. */
export const maxNameLength = 100;

/** How the log, the metrics and the spans name an operation. */
export interface OperationLabel {
  /** The client's name for it, cut at 100 characters; null if it has none. */
  readonly name: string | null;
  /** Null if the document has no operation with the requested name. */
  readonly kind: 'query' | 'mutation' | 'subscription' | null;
}

/** Finds the operation that runs. No other place reads its name. */
export const labelOperation = ({ document, operationName }: ExecutionArgs): OperationLabel => {
  const operation = getOperationAST(document, operationName);
  const name = operation?.name?.value;
  return {
    name: name?.slice(0, maxNameLength) ?? null,
    kind: operation?.operation ?? null,
  };
};
