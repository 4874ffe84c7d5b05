import type { Plugin } from 'graphql-yoga';

/**
 * For every answer: caches must not store it, other sites must not read it, and no page may frame it. Short answers vary
 * with Accept-Encoding as well: another answer of the same URL may be long.
 */
export const securityHeaders = {
  'cache-control': 'no-store',
  vary: 'Authorization, Accept, Accept-Encoding, Origin',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-resource-policy': 'same-origin',
} as const;

/** Adds the security headers to every answer. */
export const useSecurityHeaders = (): Plugin => ({
  onResponse: ({ response }) => {
    for (const [name, value] of Object.entries(securityHeaders)) response.headers.set(name, value);
  },
});
