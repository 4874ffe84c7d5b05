const streaming = new WeakSet<Request>();

/** Notes that the answer to a request is the stream of a subscription, which can last for days. */
export const noteStreaming = (request: Request): void => {
  streaming.add(request);
};

/** Whether the answer to a request is the stream of a subscription. */
export const isStreaming = (request: Request): boolean => streaming.has(request);
