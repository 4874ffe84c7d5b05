import { type ExecutionArgs, getOperationAST } from 'graphql';

/** In characters. Clients choose names, and a name may be nearly as long as a document. */
export const maxNameLength = 100;

/** What is told of an operation: in the log, the metrics and the spans. */
export interface OperationLabel {
  /** As the client chose it, cut at 100 characters; null if it has no name. */
  readonly name: string | null;
  /** Null if the document has no operation of the name that was asked for. */
  readonly kind: 'query' | 'mutation' | 'subscription' | null;
}

/** Finds the operation that runs; the only place where its name is read. */
export const labelOperation = ({ document, operationName }: ExecutionArgs): OperationLabel => {
  const operation = getOperationAST(document, operationName);
  const name = operation?.name?.value;
  return {
    name: name?.slice(0, maxNameLength) ?? null,
    kind: operation?.operation ?? null,
  };
};
