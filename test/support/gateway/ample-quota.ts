/** Settings of a quota so large that no test reaches it. */
export const ampleQuota = {
  UPSTREAM_REQUESTS_PER_HOUR: '100000000',
  UPSTREAM_BURST: '1000000',
} as const;
