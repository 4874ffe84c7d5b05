import { breakerCases } from './cases/breaker-cases.ts';
import { emailCases } from './cases/email-cases.ts';
import { type FailureLine, failureLineCases, failureLines } from './cases/failure-line-cases.ts';
import { getOneCases } from './cases/get-one-cases.ts';
import { oddAnswers } from './cases/odd-answer-cases.ts';
import { unreadableCases } from './cases/unreadable-field-cases.ts';
import { upstreamCases } from './cases/upstream-cases.ts';
import { code, type Group } from './group.ts';

const isGiven = (value: unknown): boolean => value !== null && value !== undefined;

const describeLine = ({ status, code: own, reason, paths }: FailureLine): string =>
  [
    ['status', status],
    ['code', own],
    ['reason', reason],
    ['paths', paths?.join(', ')],
  ]
    .filter(([, value]) => isGiven(value))
    .map(([name, value]) => `${name} ${code(String(value))}`)
    .join(', ');

/** The tables of the catalogue about faults of the API. */
export const apiGroups: readonly Group[] = [
  {
    title: 'The API fails',
    text: 'Three cases per row: a list of both platforms, the list of one platform, and a create. `calls` is the number of requests to a platform for a list: the first and its retries. `sends` lists the requests of the create; a GET looks for the token that a lost POST may have created. A create is never sent twice.',
    columns: ['the API answers with', 'a list', 'calls', 'in `sources`', 'a create', 'sends'],
    rows: upstreamCases.map(({ name, code: error, attempts, source, create, sends }) => [
      name,
      code(error),
      String(attempts),
      source === null ? 'the whole operation fails' : code(source),
      code(create),
      sends,
    ]),
    casesPerRow: 3,
  },
  {
    title: 'Unusual answers of the API',
    text: 'One platform answers this way. The gateway reads the answer in one call, and both platforms are `OK`.',
    columns: ['the answer has', 'result'],
    rows: Object.keys(oddAnswers).map((name) => [name, 'its tokens']),
    casesPerRow: 1,
  },
  {
    title: 'Fields that cannot be read',
    text: 'The API sends a field that does not match its documentation. Each case runs on both platforms, in a list and for a single token. The other fields of the token and the other tokens are shown. `gateway_upstream_surprises_total` counts each occurrence by `kind`; the log has one line per kind and process. A missing field is not counted, and an expiry of null means never.',
    columns: ['the API sends', '`kind`', 'result'],
    rows: unreadableCases.map(({ name, kind, gives }) => [name, code(kind), gives]),
    casesPerRow: 2,
  },
  {
    title: 'Users by e-mail address',
    text: "The API's filter finds each address that contains the requested one. Each case runs with `mdmUser(email:)` and with `_entities`. The gateway reads full pages until the last, at most ten.",
    columns: ['the API has', 'result'],
    rows: Object.entries(emailCases),
    casesPerRow: 2,
  },
  {
    title: 'Tokens that the API cannot get by id',
    text: 'Each case runs on both platforms. The refusal gives one log line with the request id, and one line for the surprise `get-one-not-supported`, which is also counted.',
    columns: ['what happens', 'result'],
    rows: Object.entries(getOneCases),
    casesPerRow: 2,
  },
  {
    title: 'Failed calls in the log',
    text: 'One line per attempt, with the request id, method, path template, cause and the error of the gateway. Its level is warn if the API or the connection to it is at fault. It contains no part of the body and no credential.',
    columns: ['the API answers with', 'level', 'error', 'why'],
    rows: upstreamCases.map(({ name }) => {
      const line = failureLines[name];
      return [
        name,
        line.level,
        code(line.error),
        describeLine(line) || 'the error of the connection',
      ];
    }),
    casesPerRow: 1,
  },
  {
    title: 'Other failed calls in the log',
    text: 'The same line, in cases that depend on more than the answer.',
    columns: ['what happens', 'result'],
    rows: Object.entries(failureLineCases),
    casesPerRow: 1,
  },
  {
    title: 'The breaker and the deadline of the operation',
    text: 'The API of one platform hangs; each case runs on both platforms. An attempt that ends at the deadline of the operation does not count against the API; its log line has the level info and names the deadline. An attempt that ends at its own timeout counts; its log line has the level warn.',
    columns: ['the calls', 'result'],
    rows: Object.entries(breakerCases),
    casesPerRow: 2,
  },
];
