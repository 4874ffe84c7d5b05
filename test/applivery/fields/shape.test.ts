import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { lenientList, lenientObject, lenientString } from '../../../src/applivery/fields/fields.ts';
import { shapeOf } from '../../../src/applivery/fields/shape.ts';
import { indexedList } from '../../../src/applivery/platform/token-wire.ts';
import { toOrganizationId } from '../../../src/domain/organization.ts';
import { platforms } from '../../../src/platforms/registry.ts';
import { organizationId } from '../../lookups/fake-upstream.ts';
import { createTestLookups } from '../../lookups/lookup-settings.ts';
import { startOperation } from '../../rest/harness.ts';

const schemaOf = (inner: Readonly<Record<string, z.core.$ZodType>>, name = 'name') => {
  const object = z.object({ a: lenientString, ...inner });
  return z.object({
    [name]: lenientString,
    list: lenientList(object),
    one: lenientObject(object),
    placed: indexedList(object),
  });
};
const more = { b: lenientString };

describe('the shape of cached objects', () => {
  const shape = shapeOf(schemaOf({}), ['name', 'list']);

  it.each([
    ['is added inside a list or an object', shapeOf(schemaOf(more), ['name', 'list'])],
    ['is added', shapeOf(schemaOf({}).extend(more), ['name', 'list'])],
    ['is renamed', shapeOf(schemaOf({}, 'title'), ['name', 'list'])],
    ['of the object that it becomes is added', shapeOf(schemaOf({}), ['name', 'list', 'more'])],
  ])('changes if a field %s', (_what, other) => {
    expect(other).not.toBe(shape);
  });

  it('is the same for the same fields in another order', () => {
    expect(shapeOf(schemaOf({}), ['list', 'name'])).toBe(shape);
  });

  it.each([
    lenientList,
    lenientObject,
    indexedList,
  ])('depends on the fields inside a field', (holding) => {
    const of = (fields: Readonly<Record<string, z.core.$ZodType>>) =>
      shapeOf(z.object({ held: holding(z.object(fields)) }), []);
    expect(of({ a: lenientString })).not.toBe(of({ a: lenientString, ...more }));
  });

  it('is part of the cache keys of lookups, so that no version finds objects of another shape', () => {
    const nameIn = (format: string) =>
      createTestLookups({ format, hash: (text) => text }).namesFor(
        startOperation(),
        toOrganizationId(organizationId),
        'user',
      )('key');
    expect(nameIn('one')).toBe(nameIn('one'));
    expect(nameIn('one')).not.toBe(nameIn('other'));
  });

  it('differs from platform to platform', () => {
    const shapes = platforms.map(({ policyShape }) => policyShape);
    expect(new Set(shapes).size).toBe(platforms.length);
  });
});
