import type { GraphiQLOptions } from 'graphql-yoga';

const list = `# The newest enrollment tokens of both platforms, each with its user and policies.
# Run it with Ctrl-Enter. Against the real API, put your key into the headers below:
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

const pending = `# Tokens that can still be used, and run out soonest. Dates that the order is by are sought, not scanned.
query PendingTokens($after: String) {
  enrollmentTokens(
    first: 20
    after: $after
    filter: { states: [PENDING] }
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

const oneUser = `# One person by e-mail address, and all of that person's tokens.
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

const policies = `# What tokens can assign, and where each policy is used.
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

/** GraphiQL with operations that work at once; `userEmail` is somebody whom the upstream knows. */
export const graphiqlOptions = (userEmail: string): GraphiQLOptions => ({
  title: 'Enrollment tokens',
  defaultTabs: [
    { query: list },
    { query: pending },
    { query: oneUser, variables: JSON.stringify({ email: userEmail }, null, 2) },
    { query: policies },
  ],
  shouldPersistHeaders: false,
});
