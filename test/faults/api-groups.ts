import { breakerCases } from './breaker-cases.ts';
import { emailCases } from './email-cases.ts';
import { type FailureLine, failureLineCases, failureLines } from './failure-line-cases.ts';
import { getOneCases } from './get-one-cases.ts';
import { code, type Group } from './group.ts';
import { oddAnswers } from './odd-answer-cases.ts';
import { unreadableCases } from './unreadable-field-cases.ts';
import { upstreamCases } from './upstream-cases.ts';

const isSaid = (value: unknown): boolean => value !== null && value !== undefined;

const saidOf = ({ status, code: own, reason, paths }: FailureLine): string =>
  [
    ['status', status],
    ['code', own],
    ['reason', reason],
    ['paths', paths?.join(', ')],
  ]
    .filter(([, value]) => isSaid(value))
    .map(([name, value]) => `${name} ${code(String(value))}`)
    .join(', ');

/** The groups of the catalogue about what the API does. */
export const apiGroups: readonly Group[] = [
  {
    title: 'The API fails',
    text: 'Each is met by a list of both platforms, by the list of one platform, and by a create: three cases a row. `calls` are the requests that a platform costs then, the first and its retries; `sends` are all requests of the create, where a GET looks for what a lost POST may have made. A create is never sent twice.',
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
    title: 'The API answers oddly',
    text: 'One platform gives the answer so. It is read in one call, and both platforms are `OK`.',
    columns: ['the answer has', 'gives'],
    rows: Object.keys(oddAnswers).map((name) => [name, 'its tokens']),
    casesPerRow: 1,
  },
  {
    title: 'Fields that cannot be read',
    text: 'A field was sent and is not what the API documents. On both platforms, in a list and where the token is read alone. All other fields of the token are shown, and so are the other tokens. Each reading is counted in `gateway_upstream_surprises_total` by `kind`; the log has one line for each kind and process. A field that was not sent is no surprise, and an expiry of null means never.',
    columns: ['the API sends', '`kind`', 'gives'],
    rows: unreadableCases.map(({ name, kind, gives }) => [name, code(kind), gives]),
    casesPerRow: 2,
  },
  {
    title: 'Users by e-mail address',
    text: "The API's filter finds every address that holds the one that is asked for. Each is met through `mdmUser(email:)` and through `_entities`. Full pages are read until the API has no more, ten at most.",
    columns: ['the API has', 'gives'],
    rows: Object.entries(emailCases),
    casesPerRow: 2,
  },
  {
    title: 'Tokens that the API does not get by id',
    text: 'Each on both platforms. The refusal is one line of the log under the request id, and one of the surprise `get-one-not-supported`, which is also counted.',
    columns: ['what happens', 'gives'],
    rows: Object.entries(getOneCases),
    casesPerRow: 2,
  },
  {
    title: 'What the log says of a failed call',
    text: 'One line for each attempt under the request id, with method, path template, cause and the error of the gateway. It is at warn if the API, or the way to it, is at fault. Nothing of the body is in it, and no credential.',
    columns: ['the API answers with', 'level', 'error', 'why'],
    rows: upstreamCases.map(({ name }) => {
      const line = failureLines[name];
      return [name, line.level, code(line.error), saidOf(line) || 'the error of the connection'];
    }),
    casesPerRow: 1,
  },
  {
    title: 'Other failed calls in the log',
    text: 'The same line, where more than the answer matters.',
    columns: ['what happens', 'gives'],
    rows: Object.entries(failureLineCases),
    casesPerRow: 1,
  },
  {
    title: "The breaker and the operation's own deadline",
    text: 'The API of one platform hangs: each on both. What the operation has no time for does not count against the API, and is at info in the log, with a reason that says so; an attempt that had all its time counts, and is at warn.',
    columns: ['what meets it', 'gives'],
    rows: Object.entries(breakerCases),
    casesPerRow: 2,
  },
];
