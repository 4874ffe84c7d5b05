/** Limits of the messages of one socket: the first ones may come at once, as a page that connects again sends them. */
export const messageRate = { atOnce: 150, perSecond: 20 } as const;

/** Creates the limit of one socket. The returned function counts a message, and is false if it is one too many. */
export const createMessageRate = (nowMs = () => performance.now()): (() => boolean) => {
  const { atOnce, perSecond } = messageRate;
  let left: number = atOnce;
  let countedMs = nowMs();
  return () => {
    const sinceMs = nowMs() - countedMs;
    countedMs += sinceMs;
    left = Math.min(atOnce, left + (sinceMs / 1000) * perSecond);
    if (left < 1) return false;
    left -= 1;
    return true;
  };
};
