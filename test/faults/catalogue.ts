import { drawingCases, drawingFaults, refusedBefore } from '../graphql/types/qr-code-cases.ts';
import { foreignWays } from '../security/foreign-organization.ts';
import { oddValues } from '../security/representation-cases.ts';
import { keyCases, troubleCases } from '../server/auth/issuer-cases.ts';
import { strangers, unscoped } from '../server/auth/refused-callers.ts';
import { serviceFaults } from '../server/auth/service-faults.ts';
import { writeOnlyCases } from '../server/auth/write-only-cases.ts';
import { documentFloods } from '../server/execution/many-documents.ts';
import { callFaults, idFaults, strangerFaults } from '../server/limits/cost-cases.ts';
import { hostileDocuments } from '../server/limits/hostile-documents.ts';
import { longNames } from '../server/telemetry/long-names.ts';
import { webhookCases } from '../server/webhooks/webhook-cases.ts';
import { closeCases } from '../server/websocket/close-cases.ts';
import { apiGroups } from './api-groups.ts';
import { connectionCases } from './cases/connection-cases.ts';
import { drainCases } from './cases/drain-cases.ts';
import { edgeCases } from './cases/edge-cases.ts';
import { httpCases } from './cases/http-cases.ts';
import { lifeCycle } from './cases/life-cycle-cases.ts';
import { logCases } from './cases/log-cases.ts';
import { redisCases } from './cases/redis-cases.ts';
import { writeCases } from './cases/write-cases.ts';
import { code, type Group } from './group.ts';

const groups: readonly Group[] = [
  ...apiGroups,
  {
    title: 'Writes',
    text: 'Each case runs on both platforms. No write is sent twice.',
    columns: ['what happens', 'result'],
    rows: Object.entries(writeCases),
    casesPerRow: 2,
  },
  {
    title: 'Documents that are too expensive',
    text: 'No call is made, and none uses 50 ms of CPU; `npm run hostile` measures it.',
    columns: ['document', 'gives'],
    rows: hostileDocuments.map(({ name, gives }) => [name, code(gives)]),
    casesPerRow: 1,
  },
  {
    title: 'QR codes that are too expensive',
    text: 'The built gateway, with a heap of 256 MB. If the whole operation is refused, no call is made.',
    columns: ['QR codes', 'result'],
    rows: [
      ...drawingCases.map(({ name }) => [name, code(refusedBefore)]),
      ...Object.entries(drawingFaults),
    ],
    casesPerRow: 1,
  },
  {
    title: 'Representations with fields of another type or size',
    text: 'Each value is used as `id`, `email`, `organizationId` and `__typename` of a representation, and as the `id` next to a complete e-mail key; in the last case the key is used. The built gateway, with a heap of 256 MB.',
    columns: ['a field is', 'result'],
    rows: oddValues.map(({ as }) => [as, `${code('BAD_USER_INPUT')} for that entity`]),
    casesPerRow: 5,
  },
  {
    title: 'Too many ids',
    text: 'No call is made, and nothing is decoded.',
    columns: ['an operation names', 'result'],
    rows: Object.entries(idFaults),
    casesPerRow: 1,
  },
  {
    title: 'Operations that need more calls than estimated',
    text: 'No operation makes more than `MAX_UPSTREAM_CALLS` attempts.',
    columns: ['what needs more calls', 'result'],
    rows: Object.entries(callFaults),
    casesPerRow: 1,
  },
  {
    title: 'Callers that the API has not accepted',
    text: 'The API has not yet accepted the credential of the caller.',
    columns: ['the caller', 'result'],
    rows: Object.entries(strangerFaults),
    casesPerRow: 1,
  },
  {
    title: 'Documents that fill the memory',
    text: 'The test sends hundreds of variants without a credential to the built gateway with a small heap (`--max-old-space-size`). The gateway answers all of them, and ordinary operations after them.',
    columns: ['document', 'mode', 'heap', 'result of each'],
    rows: documentFloods.map(({ name, mode, heap, gives }) => [
      name,
      mode,
      `${heap} MB`,
      code(gives),
    ]),
    casesPerRow: 1,
  },
  {
    title: 'Operation names that are too long or too many',
    text: 'Names of 250 kB, and hundreds of names from callers whose credential is not accepted. The built gateway, with `--max-old-space-size=256`.',
    columns: ['where they are used', 'result'],
    rows: Object.entries(longNames),
    casesPerRow: 1,
  },
  {
    title: 'Invalid requests',
    text: 'Production mode; the requests accept `application/graphql-response+json`. No call is made.',
    columns: ['request', 'result'],
    rows: httpCases.map(({ name, gives }) => [name, code(gives)]),
    casesPerRow: 1,
  },
  {
    title: 'Bytes that are refused before GraphQL receives a request',
    text: 'Sent to the built gateway in production mode. Each gives a GraphQL error in JSON with a request id, and one log line with the `kind` `none`.',
    columns: ['bytes', 'result'],
    rows: edgeCases.map(({ name, gives }) => [name, code(gives)]),
    casesPerRow: 1,
  },
  {
    title: 'Calls of webhooks',
    text: 'Nothing is read at once because of them, except in the last case: one reading follows. None is an operation in the log or the metrics. With a wrong secret, the answer is that of an unknown path.',
    columns: ['a call with', 'result'],
    rows: webhookCases.map(({ name, gives }) => [name, code(gives)]),
    casesPerRow: 1,
  },
  {
    title: 'Connections',
    text: 'With `--max-old-space-size=256` in the cases about memory. The gateway serves other clients in the meantime, unless the table says otherwise.',
    columns: ['what happens', 'result'],
    rows: Object.entries(connectionCases),
    casesPerRow: 1,
  },
  {
    title: 'WebSockets',
    text: 'What a client does with a WebSocket that was accepted. The others are not affected.',
    columns: ['a WebSocket is closed', 'code of the close'],
    rows: closeCases.map(([name, closeCode]) => [name, code(String(closeCode))]),
    casesPerRow: 1,
  },
  {
    title: 'Callers without permission',
    text: 'In service mode. No call is made.',
    columns: ['caller', 'result'],
    rows: [
      ...strangers.map(({ name }) => [name, code('401 UNAUTHENTICATED')]),
      ...unscoped.map(({ name, scope }) => [name, `${code('FORBIDDEN')}, naming ${code(scope)}`]),
    ],
    casesPerRow: 1,
  },
  {
    title: 'Callers who may only write',
    text: 'In service mode, with the write scope and without the read scope. `FORBIDDEN` names the field. No call is made.',
    columns: ['a mutation selects', 'result'],
    rows: writeOnlyCases.flatMap(({ name, refused }) =>
      refused === null ? [] : [[name, `${code('FORBIDDEN')}, naming ${code(refused)}`]],
    ),
    casesPerRow: 1,
  },
  {
    title: 'Keys of the issuer',
    text: 'In service mode, with `JWT_JWKS_URL`. The log contains the reason. No call is made.',
    columns: ['a token is signed with', 'result'],
    rows: keyCases.map(({ name }) => [name, code('401 UNAUTHENTICATED')]),
    casesPerRow: 1,
  },
  {
    title: 'The JWKS endpoint',
    text: 'In service mode, before the gateway knows any keys. The log contains the reason. No call is made.',
    columns: ['the endpoint', 'result'],
    rows: troubleCases.map(({ name }) => [name, code('UPSTREAM_UNAVAILABLE')]),
    casesPerRow: 1,
  },
  {
    title: 'Service mode',
    text: 'The built gateway, or its key set with a manual clock.',
    columns: ['what happens', 'result'],
    rows: Object.entries(serviceFaults),
    casesPerRow: 1,
  },
  {
    title: 'Organizations that are not served',
    text: 'With `ALLOWED_ORGANIZATIONS`, in both modes. No call is made.',
    columns: ['another organization named by', 'result'],
    rows: foreignWays.map(({ name }) => [
      name,
      /create|update|revocation/.test(name) ? code('PERMISSION_DENIED') : code('FORBIDDEN'),
    ]),
    casesPerRow: 1,
  },
  {
    title: 'The process',
    text: 'The built gateway, started as an operator starts it.',
    columns: ['what happens', 'result'],
    rows: Object.entries(lifeCycle),
    casesPerRow: 1,
  },
  {
    title: 'Shutdown',
    text: 'The built gateway receives real signals.',
    columns: ['what happens', 'result'],
    rows: Object.entries(drainCases),
    casesPerRow: 1,
  },
  {
    title: 'The destination of the log',
    text: 'The built gateway, with its stdout redirected. The ready line is written there too.',
    columns: ['stdout is', 'result'],
    rows: Object.entries(logCases),
    casesPerRow: 1,
  },
  {
    title: 'Redis',
    text: 'The built gateway with a real Redis behind a proxy that can lead to another server. Except in the two cases at the start, reads and creates without a key keep working. Creates with a key are refused (`UPSTREAM_UNAVAILABLE`), and nothing is sent to the API, until Redis works again. While `gateway_redis_up` is 0, a probe writes each second.',
    columns: ['what happens', 'result'],
    rows: Object.entries(redisCases),
    casesPerRow: 1,
  },
];

const count = groups.reduce((sum, { rows, casesPerRow }) => sum + rows.length * casesPerRow, 0);

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const tableOf = ({ title, text, columns, rows }: Group): string =>
  [
    `## ${title}`,
    '',
    text,
    '',
    row(columns),
    `|${'---|'.repeat(columns.length)}`,
    ...rows.map(row),
  ].join('\n');

/** The number of cases. */
export const caseCount = count;

/** The text of docs/faults.md, made from the tables of the tests. */
export const catalogue = `# Faults and their results

${count} cases. Each is a test over real HTTP that checks the answer, the calls that reached the API, and that the process serves the next request normally. [Errors](errors.md) explains the codes. \`npm run faults\` writes this page from the tables of the tests in \`test/faults\`, \`test/security\` and \`test/server\`.

${groups.map(tableOf).join('\n\n')}
`;
