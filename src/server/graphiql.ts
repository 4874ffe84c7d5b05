import type { GraphiQLOptions } from 'graphql-yoga';

const list = `# The newest enrollment tokens of both platforms,
# with user and policies: run it with Ctrl-Enter.
# For the real API, put your key into Headers below:
# { "Authorization": "Bearer …" }
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

const oneUser = `# One person by e-mail address, and that
# person's newest tokens.
query TokensOfUser($email: String!) {
  mdmUser(email: $email) {
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

const policies = `# What tokens can assign, and how many tokens
# assign it.
query Policies {
  mdmPolicies(first: 10) {
    nodes {
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

const asJson = (variables: Readonly<Record<string, string>>): string =>
  JSON.stringify(variables, null, 2);

/** GraphiQL with operations that work at once; `userEmail` is somebody whom the upstream knows. */
export const graphiqlOptions = (userEmail: string, now: Date): GraphiQLOptions => ({
  title: 'Enrollment tokens',
  defaultTabs: [
    { query: list },
    { query: pending, variables: asJson({ now: now.toISOString() }) },
    { query: oneUser, variables: asJson({ email: userEmail }) },
    { query: policies },
  ],
  shouldPersistHeaders: false,
});
