import type { Plugin } from 'graphql-yoga';

/** On every answer: what it holds is one caller's, is not to be kept by anyone, and is no page to be framed. */
export const securityHeaders = {
  'cache-control': 'no-store',
  vary: 'Authorization, Accept, Origin',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-resource-policy': 'same-origin',
} as const;

export const useSecurityHeaders = (): Plugin => ({
  onResponse: ({ response }) => {
    for (const [name, value] of Object.entries(securityHeaders)) response.headers.set(name, value);
  },
});
