/** What the examples ask for. */
export interface ExampleData {
  /** The object type whose create mutations they call. */
  readonly tokenType: string;
  /** The first owns tokens. */
  readonly emails: readonly string[];
  /** An MdmUser id. */
  readonly userId: string;
  /** An MdmPolicy id of the token type's platform. */
  readonly policyId: string;
  /** An Authorization header that may not read every platform; null where there is none. */
  readonly partialAuthorization: string | null;
  /** Whether all this is there, and may be changed at will. */
  readonly isInvented: boolean;
}

/** For an API that cannot be asked before somebody gives a key. */
export const createPlaceholders = (tokenType: string): ExampleData => ({
  tokenType,
  emails: ['ana@example.com', 'ben@example.com'],
  userId: 'the id that the tab TokensOfUser shows',
  policyId: 'an id that the tab Policies shows',
  partialAuthorization: null,
  isInvented: false,
});

export interface ExampleOperation {
  readonly query: string;
  readonly variables?: string;
  readonly headers?: string;
}

const list = `# The newest enrollment tokens of both platforms,
# with user and policies: run it with Ctrl-Enter.
query NewestTokens {
  enrollmentTokens(first: 10) {
    totalCount
    nodes {
      id
      platform
      displayName
      state
      createdAt
      expiresAt
      user {
        email
      }
      policyAssignments {
        priority
        policy {
          name
        }
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
    sources {
      platform
      status
    }
  }
}
`;

const oneUser = `# One person by e-mail address, and that
# person's newest tokens.
query TokensOfUser($email: String!) {
  mdmUser(email: $email) {
    id
    name
    enrollmentTokens(first: 5) {
      totalCount
      nodes {
        platform
        displayName
        state
        device {
          sourceId
        }
      }
    }
  }
}
`;

const pending = `# Tokens that can still be used, those that run
# out soonest first. For more, put endCursor
# into the variables as after.
query PendingTokens($now: DateTime!, $after: String) {
  enrollmentTokens(
    first: 20
    after: $after
    filter: { states: [PENDING], expiresAfter: $now }
    orderBy: { field: EXPIRES_AT, direction: ASC }
  ) {
    nodes {
      displayName
      isUsable
      expiresAt
      tags
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`;

const partialInSandbox = `# The key under Headers may read one platform.
`;

const partialBody = `# A platform that is down or forbidden does not
# take the other with it: sources says which one
# is missing, and why.
query PartialResults {
  enrollmentTokens(first: 5) {
    totalCount
    nodes {
      platform
      displayName
    }
    sources {
      platform
      status
      totalCount
      error {
        code
        message
      }
    }
  }
}
`;

const policies = `# What tokens can assign, and how many tokens
# assign it.
query Policies {
  mdmPolicies(first: 10) {
    nodes {
      id
      platform
      name
      version
      enrollmentTokens {
        totalCount
      }
    }
  }
}
`;

const create = (tokenType: string): string => `# Run it twice: the same idempotencyKey with the
# same input is the same token, replayed. Change
# the input and keep the key: userErrors says no.
mutation CreateToken(
  $input: Create${tokenType}Input!
) {
  create${tokenType}(input: $input) {
    enrollmentToken {
      id
      displayName
      expiresAt
      enrollmentLink
      user {
        email
      }
      policyAssignments {
        policy {
          name
        }
      }
    }
    replayed
    userErrors {
      code
      path
      message
    }
  }
}
`;

const bulk = (tokenType: string): string => `# One token for each address: up to 1000 at once.
mutation BulkCreateTokens(
  $input: BulkCreate${tokenType}sInput!
) {
  bulkCreate${tokenType}s(input: $input) {
    total
    success
    fail
    results {
      email
      outcome
      enrollmentToken {
        id
        enrollmentLink
      }
      error {
        code
        message
      }
    }
    userErrors {
      code
      path
      message
    }
  }
}
`;

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

/** One operation for each thing people come for, with variables; those that ask for dates take them from `now`. */
export const createExampleOperations = (data: ExampleData, now: Date): ExampleOperation[] => {
  const { tokenType, emails, partialAuthorization, isInvented } = data;
  const note = isInvented ? '' : placeholderNote;
  const inputOf = (input: object): string =>
    asJson({ input: isInvented ? input : { ...input, validateOnly: true } });
  return [
    { query: list },
    { query: oneUser, variables: asJson({ email: emails[0] }) },
    { query: pending, variables: asJson({ now: now.toISOString() }) },
    partialAuthorization === null
      ? { query: partialBody }
      : {
          query: partialInSandbox + partialBody,
          headers: asJson({ Authorization: partialAuthorization }),
        },
    { query: policies },
    { query: note + create(tokenType), variables: inputOf(createInput(data)) },
    { query: note + bulk(tokenType), variables: inputOf(bulkInput(data)) },
  ];
};
