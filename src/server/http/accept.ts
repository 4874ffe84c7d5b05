import type { IncomingHttpHeaders } from 'node:http';
import { Negotiator } from 'negotiator';

/** The media types in which yoga can write an answer. */
const answerTypes = [
  'application/json',
  'application/graphql-response+json',
  'text/event-stream',
  'multipart/mixed',
].map((type) => type.split('/'));

const isAnswerType = (range: string): boolean => {
  const [type, subtype] = range.split('/');
  return answerTypes.some(
    ([answer, answerSubtype]) =>
      (type === '*' || type === answer) && (subtype === '*' || subtype === answerSubtype),
  );
};

/**
 * Whether an answer can fit an Accept header. The rules are those of yoga, which checks only after the execution: quality
 * values are ignored, and a range with another charset than UTF-8 does not match.
 */
export const acceptsAnswer = (accept: string | undefined): boolean => {
  if (accept === undefined || accept === '' || accept === '*/*') return true;
  return accept
    .replace(/\s/g, '')
    .toLowerCase()
    .split(',')
    .some((item) => {
      const [range = '', ...parameters] = item.split(';');
      const charset = parameters.find((parameter) => parameter.includes('charset='));
      return (charset === undefined || charset === 'charset=utf-8') && isAnswerType(range);
    });
};

/** Whether a client prefers a page to an answer in JSON. Browsers do; GraphQL clients name no page at all. */
export const prefersPage = (headers: IncomingHttpHeaders): boolean =>
  new Negotiator({ headers }).mediaType([
    'application/json',
    'application/graphql-response+json',
    'text/html',
  ]) === 'text/html';
