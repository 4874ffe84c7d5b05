import { type ExecutionArgs, GraphQLError } from 'graphql';
import {
  isAsyncIterable,
  type Plugin,
  type YogaInitialContext,
  type YogaServerInstance,
} from 'graphql-yoga';
import { systemClock } from '../../domain/clock.ts';
import type { GatewayContext } from '../../graphql/context.ts';
import { RefusedTokenError, refusals } from '../auth/token-refusals.ts';
import { toErrorAnswer, withRequestId } from '../errors/error-handling.ts';
import { acceptsEvents } from '../http/accept.ts';
import { beginReport, type OperationReport } from '../telemetry/operation-report.ts';
import { createAnswerStream } from './answer-stream.ts';
import type { ExecuteEvent } from './event-execution.ts';
import { UnconditionalRootFieldRule } from './root-field-rule.ts';
import { noteStreaming } from './streaming-requests.ts';

interface SubscriptionOptions {
  readonly executeEvent: ExecuteEvent;
  /** Resolves when an event may be executed. The time of its operation begins then. */
  readonly waitForTurn: () => Promise<void>;
  /** Called for each event that a client got. */
  readonly onEvent: () => void;
  /** Called for each stream when it has ended. */
  readonly report: (operation: OperationReport) => void;
  /** Called with the cause of an error that is a bug. */
  readonly onBug: (cause: unknown, requestId: string) => void;
}

/** In bytes. A stream keeps its request as long as it lasts, and a process serves many. */
export const maxSubscriptionBytes = 32 * 1024;

const refuse = (message: string, code: string, status: number): GraphQLError =>
  new GraphQLError(message, { extensions: { code, http: { status } } });

/** The reason to refuse a subscription before it starts; null if there is none. */
const findFault = ({ headers }: Request): GraphQLError | null => {
  if (!acceptsEvents(headers.get('accept'))) {
    return refuse(
      'The answer to a subscription is a stream of events, and nothing was followed. Accept text/event-stream.',
      'BAD_REQUEST',
      406,
    );
  }
  if (Number(headers.get('content-length') ?? 0) > maxSubscriptionBytes) {
    return refuse(
      `The request of a subscription has at most ${maxSubscriptionBytes / 1024} KiB. Send a shorter document, or fewer ids.`,
      'REQUEST_ENTITY_TOO_LARGE',
      413,
    );
  }
  return null;
};

/**
 * Runs subscriptions. A subscription is started as a query is executed, so every plugin that checks, limits or reports an
 * execution does the same for its start. From then on each event is an operation of its own.
 */
export const useSubscriptions = ({
  executeEvent,
  waitForTurn,
  onEvent,
  report,
  onBug,
}: SubscriptionOptions): Plugin<GatewayContext> => {
  let getEnveloped: YogaServerInstance<object, GatewayContext>['getEnveloped'];

  const createAnswers = (
    args: ExecutionArgs,
    context: GatewayContext & YogaInitialContext,
    source: AsyncIterable<unknown>,
  ) => {
    const { requestId, credentialExpiresAtMs: atMs } = context;
    const complete = beginReport(args, context);
    let upstreamCalls = context.ledger.calls.length;
    let events = 0;
    noteStreaming(context.request);
    return createAnswerStream(source, {
      execute: async (event) => {
        await waitForTurn();
        const eventContext = { ...context, ...context.forEvent() };
        const answer = await executeEvent(args, event, eventContext);
        upstreamCalls += eventContext.ledger.calls.length;
        if (answer.data != null) {
          events += 1;
          onEvent();
        }
        return withRequestId(answer, requestId);
      },
      toErrorAnswer: (cause) => toErrorAnswer(cause, requestId, onBug),
      signal: context.request.signal,
      expiry:
        atMs === null
          ? null
          : { atMs, error: new RefusedTokenError(refusals.expired), clock: systemClock },
      onEnd: (outcome) => report(complete({ outcome, upstreamCalls, events })),
    });
  };

  return {
    onYogaInit: ({ yoga }) => {
      getEnveloped = yoga.getEnveloped;
    },
    onValidate: ({ addValidationRule }) => addValidationRule(UnconditionalRootFieldRule),
    onSubscribe: ({ args, setSubscribeFn, setResultAndStopExecution }) => {
      const context = args.contextValue;
      const fault = findFault(context.request);
      if (fault) {
        setResultAndStopExecution({ errors: [fault] });
        return;
      }
      setSubscribeFn(async (given) => {
        const started = await getEnveloped(context).execute(given);
        return isAsyncIterable(started) ? createAnswers(given, context, started) : started;
      });
    },
  };
};
