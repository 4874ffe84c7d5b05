import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { itemId, lenientInteger, lenientString } from '../../../src/applivery/fields/fields.ts';
import {
  isWhole,
  joined,
  knownFields,
  mapped,
  objectOf,
  presenceOf,
  renamed,
} from '../../../src/applivery/fields/object.ts';

const fields = {
  sourceId: renamed('id', itemId),
  name: lenientString,
  title: renamed('label', lenientString),
  version: lenientInteger,
  both: joined(
    ['one', 'two'],
    mapped(z.object({ one: lenientString, two: lenientString }), ({ one, two }) => `${one} ${two}`),
  ),
};
const schema = objectOf(fields);
const whole = { id: 'a1', name: 'n', label: 'l', version: 3, one: 'x', two: 'y', more: true };

describe('an object schema', () => {
  it('reads each field from its key, and leaves out the other keys', () => {
    expect(schema.parse(whole)).toStrictEqual({
      sourceId: 'a1',
      name: 'n',
      title: 'l',
      version: 3,
      both: 'x y',
    });
  });

  it('reads nothing from a key that has the name of a renamed field', () => {
    expect(schema.parse({ id: 'a1', title: 'other' })).toMatchObject({ title: null });
  });

  it('has every field if the object has only an id', () => {
    expect(schema.parse({ id: 'a1' })).toStrictEqual({
      sourceId: 'a1',
      name: null,
      title: null,
      version: null,
      both: 'null null',
    });
  });

  it.each([null, undefined, 'text', 7, [whole], {}, { sourceId: 'a1' }])('refuses %j', (value) => {
    expect(schema.safeParse(value).success).toBe(false);
  });

  it('does not change what it reads', () => {
    expect(schema.safeParse(Object.freeze({ ...whole })).success).toBe(true);
  });

  it('can use one schema under several keys', () => {
    const twice = objectOf({
      a: renamed('x', lenientString),
      b: renamed('y', lenientString),
      c: lenientString,
    });
    expect(twice.parse({ x: '1', y: '2', c: '3' })).toStrictEqual({ a: '1', b: '2', c: '3' });
  });
});

describe('the presence of fields in an embedded object', () => {
  const presence = presenceOf(fields, ['platform']);
  const domain = {
    platform: 'P',
    sourceId: 'a1',
    name: null,
    title: null,
    version: null,
    both: '',
  };

  it('is that of their keys', () => {
    expect(knownFields(domain, presence, { id: 'a1', label: null, two: 'y' })).toStrictEqual({
      platform: 'P',
      sourceId: 'a1',
      title: null,
    });
  });

  it('is not that of a key with the name of the field', () => {
    expect(knownFields(domain, presence, { title: 't', sourceId: 'a1' })).toStrictEqual({});
  });

  it('is whole if every key is there, also with the value null', () => {
    const { more: _more, ...needed } = whole;
    expect(isWhole(presence, { ...needed, name: null })).toBe(true);
  });

  it.each(['id', 'name', 'label', 'version', 'one', 'two'])('is not whole without %s', (key) => {
    const rest = Object.fromEntries(Object.entries(whole).filter(([name]) => name !== key));
    expect(isWhole(presence, rest)).toBe(false);
  });
});
