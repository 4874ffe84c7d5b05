import type { ResultOf, VariablesOf } from 'gql.tada';
import { graphql } from './gateway.ts';

/** This file never runs. It checks that the compiler derives the types of operations and refuses wrong ones. */
const tokens = graphql(`
  query Checked($first: Int, $filter: EnrollmentTokenFilter) {
    enrollmentTokens(first: $first, filter: $filter) {
      nodes {
        __typename
        id
        expiresAt
        user { email }
        ... on AppleEnrollmentToken { enroll { mobileConfigSigned } }
      }
    }
  }
`);

type Node = ResultOf<typeof tokens>['enrollmentTokens']['nodes'][number];

export const expiry = (node: Node): string | null => node.expiresAt;

export const signed = (node: Node): boolean | string | null | undefined =>
  node.__typename === 'AppleEnrollmentToken' ? node.enroll?.mobileConfigSigned : node.id;

export const right: VariablesOf<typeof tokens> = { filter: { states: ['PENDING'] } };

// @ts-expect-error The schema has no such state.
export const wrongState: VariablesOf<typeof tokens> = { filter: { states: ['GONE'] } };

// @ts-expect-error The field may be null.
export const surelyExpires = (node: Node): string => node.expiresAt;

// @ts-expect-error Only Apple tokens have this field.
export const anySigned = (node: Node) => node.enroll;
