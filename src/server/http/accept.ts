import type { IncomingHttpHeaders } from 'node:http';
import { Negotiator } from 'negotiator';

/** The media type of an answer to a subscription. */
const eventStream = 'text/event-stream';

/** The media types in which yoga can write an answer. */
const answerTypes = [
  'application/json',
  'application/graphql-response+json',
  eventStream,
  'multipart/mixed',
];

const fits = (mediaType: string, range: string): boolean => {
  const [type, subtype] = range.split('/');
  const [answer, answerSubtype] = mediaType.split('/');
  return (type === '*' || type === answer) && (subtype === '*' || subtype === answerSubtype);
};

/**
 * Whether an Accept header allows one of these types. The rules are those of yoga, which checks only after the execution:
 * quality values are ignored, and a range with another charset than UTF-8 does not match.
 */
const accepts = (accept: string, types: readonly string[]): boolean => {
  if (accept === '' || accept === '*/*') return true;
  return accept
    .replace(/\s/g, '')
    .toLowerCase()
    .split(',')
    .some((item) => {
      const [range = '', ...parameters] = item.split(';');
      const charset = parameters.find((parameter) => parameter.includes('charset='));
      return (
        (charset === undefined || charset === 'charset=utf-8') &&
        types.some((type) => fits(type, range))
      );
    });
};

/** Whether an answer can fit an Accept header. */
export const acceptsAnswer = (accept: string | undefined): boolean =>
  accepts(accept ?? '', answerTypes);

/** Whether the answer to a subscription can fit an Accept header. */
export const acceptsEvents = (accept: string | null): boolean =>
  accepts(accept ?? '', [eventStream]);

/** Whether a client prefers a page to an answer in JSON. Browsers do; GraphQL clients name no page at all. */
export const prefersPage = (headers: IncomingHttpHeaders): boolean =>
  new Negotiator({ headers }).mediaType([
    'application/json',
    'application/graphql-response+json',
    'text/html',
  ]) === 'text/html';
