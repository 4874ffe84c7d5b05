import { createServer } from 'node:http';
import { lists, organizationId } from './data.ts';
import { serve } from './serve.ts';

/*
 * The upstream makes each answer once and then sends the same bytes, so that the measurement is of its clients. It counts
 * requests and can delay answers. `/control?delay=10` sets the delay and returns the count so far.
 */

const base = `/v1/organizations/${organizationId}`;
const answers = new Map<string, Buffer>();
let delayMs = 0;
let requests = 0;

const toAnswer = (data: unknown): Buffer => Buffer.from(JSON.stringify({ status: true, data }));

const makeAnswer = (target: string): Buffer | null => {
  const { pathname, searchParams } = new URL(target, 'http://upstream.invalid');
  const path = pathname.slice(base.length);
  const items = lists.get(path);
  if (items === undefined) {
    const parent = lists.get(path.slice(0, path.lastIndexOf('/')));
    const item = parent?.find(({ id }) => path.endsWith(`/${id}`));
    return item === undefined ? null : toAnswer(item);
  }
  const page = Number(searchParams.get('page') ?? 1);
  const limit = Number(searchParams.get('limit') ?? 50);
  const totalPages = Math.ceil(items.length / limit);
  return toAnswer({
    items: items.slice((page - 1) * limit, page * limit),
    totalDocs: items.length,
    limit,
    hasPrevPage: page > 1,
    hasNextPage: page < totalPages,
    page,
    totalPages,
    prevPage: page > 1 ? page - 1 : null,
    nextPage: page < totalPages ? page + 1 : null,
  });
};

const find = (target: string): Buffer | null => {
  const known = answers.get(target);
  if (known !== undefined) return known;
  const made = makeAnswer(target);
  if (made !== null) answers.set(target, made);
  return made;
};

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const target = request.url ?? '/';
  const send = (status: number, body: Buffer): void => {
    response.writeHead(status, {
      'content-type': 'application/json',
      'content-length': body.length,
    });
    response.end(body);
  };
  if (target.startsWith('/control')) {
    delayMs = Number(new URL(target, 'http://upstream.invalid').searchParams.get('delay') ?? 0);
    send(200, Buffer.from(JSON.stringify({ requests })));
    requests = 0;
    return;
  }
  requests += 1;
  const answer = find(target);
  const status = answer === null ? 404 : 200;
  const body = answer ?? Buffer.from('{"status":false,"error":{"code":3001,"message":"no"}}');
  if (delayMs === 0) send(status, body);
  else setTimeout(send, delayMs, status, body);
});

serve(server, '/v1');
