import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { postJson } from '../../support/http/post-json.ts';
import { at, startWriteWorld, type WriteWorld, writesOf } from '../mutations/world.ts';

let world: WriteWorld;
beforeAll(async () => {
  world = await startWriteWorld();
});
afterAll(() => world.close());
beforeEach(() => world.sandbox.clearRequests());

const applicationId = '5f1b2c3d4e5f6a7b8c9d0e1f';

const written = (field: string, json: string): string => `mutation {
  createAppleEnrollmentToken(input: {
    userId: "${at(world.users, 0).id}", sendEmail: false,
    applications: [{ applicationId: "${applicationId}", ${field}: ${json} }]
  }) { userErrors { message } }
}`;

describe.each(['configuration', 'updatePolicy'])('JSON written as %s', (field) => {
  test.each([
    ['the name of an enum value', '{ a: [1, { b: AUTO }] }', 'a[1].b', /without quotes/],
    ['a number that is too large', '{ a: { b: 1e400 } }', 'a.b', /cannot hold/],
    ['one that is too small', '{ a: [-1e400] }', 'a[0]', /cannot hold/],
    ['a whole number that would be rounded', '{ a: 9007199254740993 }', 'a', /more digits/],
  ])('is refused with the path for %s', async (_what, json, path, fault) => {
    const { errors } = await world.ask(written(field, json));
    expect(errors).toHaveLength(1);
    expect(errors[0]?.message).toContain(`at ${path} `);
    expect(errors[0]?.message).toMatch(fault);
    expect(world.sandbox.requests()).toStrictEqual([]);
  });

  test('is sent as it is otherwise', async () => {
    const json = '{ a: [1, -2.5, 1e3, "AUTO", true, null, { b: {} }] }';
    expect((await world.ask(written(field, json))).errors).toStrictEqual([]);
    expect(writesOf(world).map(({ body }) => body)).toMatchObject([
      { applications: [{ [field]: { a: [1, -2.5, 1000, 'AUTO', true, null, { b: {} }] } }] },
    ]);
  });

  test('takes variables within, and leaves out one that is not given', async () => {
    const document = written(field, '{ a: $a, b: $b, c: [$b] }').replace(
      'mutation',
      'mutation ($a: Int, $b: Int)',
    );
    expect((await world.ask(document, { variables: { a: 7 } })).errors).toStrictEqual([]);
    expect(writesOf(world).map(({ body }) => body)).toMatchObject([
      { applications: [{ [field]: { a: 7, c: [null] } }] },
    ]);
  });
});

test.each([
  ['1e400', 'a[0]'],
  ['-1e400', 'a[0]'],
])('JSON in variables is refused with the path for %s', async (number, path) => {
  const query =
    'mutation ($json: JSON) { createAppleEnrollmentToken(input: { userId: "x", sendEmail: false, applications: [{ applicationId: "y", configuration: $json }] }) { replayed } }';
  // JSON.stringify would write null.
  const body = `{"query":${JSON.stringify(query)},"variables":{"json":{"a":[${number}]}}}`;
  const authorization = `Bearer ${world.sandbox.apiKey}`;
  const response = await postJson(world.url, body, { authorization });
  expect(await response.text()).toMatch(
    new RegExp(`at ${path.replace(/[[\]]/g, '\\$&')} is a number`),
  );
  expect(world.sandbox.requests()).toStrictEqual([]);
});
