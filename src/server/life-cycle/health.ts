import type { Plugin } from 'graphql-yoga';

/**
 * Answers `/health/live` while the process runs, and `/health/ready` while it accepts new work. Neither depends on the
 * API: without it, a running replica still answers its callers with a clear error.
 */
export const useHealth = (isReady: () => boolean): Plugin => {
  const answers: Readonly<Record<string, () => { status: number; text: string }>> = {
    '/health/live': () => ({ status: 200, text: 'live' }),
    '/health/ready': () =>
      isReady() ? { status: 200, text: 'ready' } : { status: 503, text: 'draining' },
  };
  return {
    onRequest: ({ url, endResponse, fetchAPI }) => {
      const answer = Object.hasOwn(answers, url.pathname) ? answers[url.pathname] : undefined;
      if (!answer) return;
      const { status, text } = answer();
      endResponse(
        new fetchAPI.Response(`${text}\n`, {
          status,
          headers: { 'content-type': 'text/plain', 'cache-control': 'no-store' },
        }),
      );
    },
  };
};
