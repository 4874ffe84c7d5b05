import type { ExampleData } from './example-data.ts';
import type { ExampleDocument } from './example-documents.ts';

/** One tab of GraphiQL. */
export interface ExampleOperation {
  readonly query: string;
  readonly variables?: string;
  readonly headers?: string;
}

const partialKeyNote = '# The key under Headers may not read all platforms.\n';

const placeholderNote = `# Put real ids and addresses into the variables.
# With validateOnly nothing is created.
`;

const asJson = (value: object): string => JSON.stringify(value, null, 2);

const createInput = ({ userId, policyId }: ExampleData) => ({
  userId,
  displayName: 'My first token',
  policyAssignments: [{ policyId, priority: 0 }],
  durationSeconds: 7 * 86_400,
  sendEmail: false,
  idempotencyKey: 'my-first-token',
});

const bulkInput = ({ emails }: ExampleData) => ({
  userEmails: emails,
  displayName: 'For the new team',
  tags: ['new-team'],
  sendEmail: false,
  idempotencyKey: 'for-the-new-team',
});

const toMutation = (
  query: string,
  input: object,
  { isFromSandbox }: ExampleData,
): ExampleOperation => ({
  query: isFromSandbox ? query : placeholderNote + query,
  variables: asJson({ input: isFromSandbox ? input : { ...input, validateOnly: true } }),
});

const toOperation = ({ name, text }: ExampleDocument, data: ExampleData): ExampleOperation => {
  const { emails, partialAuthorization } = data;
  switch (name) {
    case 'newest-tokens':
    case 'pending-tokens':
    case 'policies':
    case 'follow-changes':
      return { query: text };
    case 'tokens-of-user':
      return { query: text, variables: asJson({ email: emails[0] }) };
    case 'partial-results':
      return partialAuthorization === null
        ? { query: text }
        : {
            query: partialKeyNote + text,
            headers: asJson({ Authorization: partialAuthorization }),
          };
    case 'create-token':
      return toMutation(text, createInput(data), data);
    case 'bulk-create-tokens':
      return toMutation(text, bulkInput(data), data);
    default:
      return name satisfies never;
  }
};

/** Adds variables and headers to the example documents. None depends on the time: the page is the same at each load. */
export const createExampleOperations = (
  documents: readonly ExampleDocument[],
  data: ExampleData,
): readonly ExampleOperation[] => documents.map((document) => toOperation(document, data));
