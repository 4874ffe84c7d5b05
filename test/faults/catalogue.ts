import { foreignWays } from '../security/foreign-organization.ts';
import { oddValues } from '../security/representation-cases.ts';
import { keyCases, troubleCases } from '../server/auth/issuer-cases.ts';
import { strangers, unscoped } from '../server/auth/refused-callers.ts';
import { serviceFaults } from '../server/auth/service-faults.ts';
import { writeOnlyCases } from '../server/auth/write-only-cases.ts';
import { callFaults, idFaults, strangerFaults } from '../server/limits/cost-cases.ts';
import { drawingCases, drawingFaults, refusedBefore } from '../server/limits/drawing-cases.ts';
import { hostileDocuments } from '../server/limits/hostile-documents.ts';
import { longNames } from '../server/limits/long-names.ts';
import { documentFloods } from '../server/limits/many-documents.ts';
import { apiGroups } from './api-groups.ts';
import { connectionCases } from './connection-cases.ts';
import { drainCases } from './drain-cases.ts';
import { edgeCases } from './edge-cases.ts';
import { code, type Group } from './group.ts';
import { httpCases } from './http-cases.ts';
import { lifeCycle } from './life-cycle-cases.ts';
import { logCases } from './log-cases.ts';
import { redisCases } from './redis-cases.ts';
import { writeCases } from './write-cases.ts';

const groups: readonly Group[] = [
  ...apiGroups,
  {
    title: 'Writes',
    text: 'Each on both platforms. No write is sent twice.',
    columns: ['what happens', 'gives'],
    rows: Object.entries(writeCases),
    casesPerRow: 2,
  },
  {
    title: 'Documents that cost more than they are worth',
    text: 'No call is made, and none takes 50 ms of CPU: `npm run hostile` measures it.',
    columns: ['document', 'gives'],
    rows: hostileDocuments.map(({ name, gives }) => [name, code(gives)]),
    casesPerRow: 1,
  },
  {
    title: 'QR codes that cost more than they are worth',
    text: 'At the built gateway, with a heap of 256 MB. Where the whole operation is refused, no call is made.',
    columns: ['QR codes', 'give'],
    rows: [
      ...drawingCases.map(({ name }) => [name, code(refusedBefore)]),
      ...Object.entries(drawingFaults),
    ],
    casesPerRow: 1,
  },
  {
    title: 'Representations with fields of another type or size',
    text: 'Each as `id`, `email`, `organizationId` and `__typename` of a representation, and as the `id` beside a complete e-mail key, which it is then read by. At the built gateway, with a heap of 256 MB.',
    columns: ['a field is', 'gives'],
    rows: oddValues.map(({ as }) => [as, `${code('BAD_USER_INPUT')} for that entity`]),
    casesPerRow: 5,
  },
  {
    title: 'Too many ids',
    text: 'No call is made, and nothing is decoded.',
    columns: ['an operation names', 'gives'],
    rows: Object.entries(idFaults),
    casesPerRow: 1,
  },
  {
    title: 'Operations that cost more calls than was estimated',
    text: 'No operation makes more than `MAX_UPSTREAM_CALLS` attempts.',
    columns: ['what costs more', 'gives'],
    rows: Object.entries(callFaults),
    casesPerRow: 1,
  },
  {
    title: 'Strangers',
    text: 'A caller whose credential the API has not accepted.',
    columns: ['a stranger', 'gets'],
    rows: Object.entries(strangerFaults),
    casesPerRow: 1,
  },
  {
    title: 'Documents that fill the memory',
    text: 'Sent hundreds of times, a little different each time and without a credential, to the built gateway with a small heap (`--max-old-space-size`). It answers all of them, and real operations after them.',
    columns: ['document', 'mode', 'heap', 'each gives'],
    rows: documentFloods.map(({ name, mode, heap, gives }) => [
      name,
      mode,
      `${heap} MB`,
      code(gives),
    ]),
    casesPerRow: 1,
  },
  {
    title: 'Operation names that are too long, or too many',
    text: 'Names of 250 kB, and hundreds of names of callers whose credential is not accepted, against the built gateway with `--max-old-space-size=256`.',
    columns: ['what they meet', 'gives'],
    rows: Object.entries(longNames),
    casesPerRow: 1,
  },
  {
    title: 'Requests that are not as they should be',
    text: 'In production mode, asked for `application/graphql-response+json`. No call is made.',
    columns: ['request', 'gives'],
    rows: httpCases.map(({ name, gives }) => [name, code(gives)]),
    casesPerRow: 1,
  },
  {
    title: 'Bytes that are refused before GraphQL sees a request',
    text: 'Sent as they are to the built gateway in production mode. Each answer is an error of GraphQL in JSON with a request id, and one line of the log with `kind` `none`.',
    columns: ['bytes', 'gives'],
    rows: edgeCases.map(({ name, gives }) => [name, code(gives)]),
    casesPerRow: 1,
  },
  {
    title: 'Connections',
    text: 'With `--max-old-space-size=256` where memory is at stake. The gateway serves others meanwhile, unless it says otherwise.',
    columns: ['what clients do, or what happens to them', 'gives'],
    rows: Object.entries(connectionCases),
    casesPerRow: 1,
  },
  {
    title: 'Callers who may not',
    text: 'In service mode. No call is made.',
    columns: ['caller', 'gives'],
    rows: [
      ...strangers.map(({ name }) => [name, code('401 UNAUTHENTICATED')]),
      ...unscoped.map(({ name, scope }) => [name, `${code('FORBIDDEN')}, naming ${code(scope)}`]),
    ],
    casesPerRow: 1,
  },
  {
    title: 'Callers who may only write',
    text: 'In service mode, with the scope for writing and without the one for reading. `FORBIDDEN` names the field. No call is made.',
    columns: ['a mutation selects', 'gives'],
    rows: writeOnlyCases.flatMap(({ name, refused }) =>
      refused === null ? [] : [[name, `${code('FORBIDDEN')}, naming ${code(refused)}`]],
    ),
    casesPerRow: 1,
  },
  {
    title: 'Keys of the issuer',
    text: 'In service mode, with `JWT_JWKS_URL`. The log says why. No call is made.',
    columns: ['a token is signed with', 'gives'],
    rows: keyCases.map(({ name }) => [name, code('401 UNAUTHENTICATED')]),
    casesPerRow: 1,
  },
  {
    title: 'The endpoint of the keys',
    text: 'In service mode, while no keys are known. The log says why. No call is made.',
    columns: ['the endpoint', 'gives'],
    rows: troubleCases.map(({ name }) => [name, code('UPSTREAM_UNAVAILABLE')]),
    casesPerRow: 1,
  },
  {
    title: 'Service mode',
    text: 'Against the built gateway, or its key set with a clock of the test.',
    columns: ['what happens', 'gives'],
    rows: Object.entries(serviceFaults),
    casesPerRow: 1,
  },
  {
    title: 'Organizations that are not served',
    text: 'With `ALLOWED_ORGANIZATIONS`, in both modes. No call is made.',
    columns: ['another organization named by', 'gives'],
    rows: foreignWays.map(({ name }) => [
      name,
      /create|update|revocation/.test(name) ? code('PERMISSION_DENIED') : code('FORBIDDEN'),
    ]),
    casesPerRow: 1,
  },
  {
    title: 'The process',
    text: 'Started as an operator would.',
    columns: ['what happens', 'gives'],
    rows: Object.entries(lifeCycle),
    casesPerRow: 1,
  },
  {
    title: 'The end of the process',
    text: 'The built gateway is told to end by real signals.',
    columns: ['what happens', 'gives'],
    rows: Object.entries(drainCases),
    casesPerRow: 1,
  },
  {
    title: 'Where the log goes',
    text: 'The built gateway, with its stdout redirected. The line that says that it is ready goes there, too.',
    columns: ['stdout is', 'gives'],
    rows: Object.entries(logCases),
    casesPerRow: 1,
  },
  {
    title: 'Redis',
    text: 'The built gateway with a real Redis, reached through an address that can lead elsewhere. Reads and creates without a key go on in all cases but the two that stop the start. Creates with a key are refused (`UPSTREAM_UNAVAILABLE`) and nothing is sent until it works again. While `gateway_redis_up` is 0, a probe writes each second.',
    columns: ['what happens', 'gives'],
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

/** How many cases there are. */
export const caseCount = count;

/** docs/faults.md, as the tables of the tests say it. */
export const catalogue = `# What goes wrong, and what comes of it

${count} cases, each a test of its own over real HTTP: it checks the answer, the calls that reached the API, and that the process serves the next request as if nothing had been. The codes are explained in [Errors](errors.md). This page is written by \`npm run faults\` from the tables that the tests run; they are in \`test/faults\` and \`test/security\`.

${groups.map(tableOf).join('\n\n')}
`;
