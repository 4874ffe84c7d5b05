import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { lenientList, lenientObject, lenientString } from '../../src/applivery/fields.ts';
import { shapeOf } from '../../src/applivery/shape.ts';
import { placedList } from '../../src/applivery/token-wire.ts';
import { toOrganizationId } from '../../src/domain/organization.ts';
import { platforms } from '../../src/platforms/registry.ts';
import { organizationId } from '../lookups/fake-upstream.ts';
import { createTestLookups } from '../lookups/lookup-settings.ts';
import { startOperation } from '../rest/harness.ts';

const schemaOf = (inner: Readonly<Record<string, z.core.$ZodType>>, name = 'name') => {
  const object = z.object({ a: lenientString, ...inner });
  return z.object({
    [name]: lenientString,
    list: lenientList(object),
    one: lenientObject(object),
    placed: placedList(object),
  });
};
const more = { b: lenientString };

describe('the shape of what is cached', () => {
  const shape = shapeOf(schemaOf({}), ['name', 'list']);

  it.each([
    ['is added inside a list or an object', shapeOf(schemaOf(more), ['name', 'list'])],
    ['is added', shapeOf(schemaOf({}).extend(more), ['name', 'list'])],
    ['is renamed', shapeOf(schemaOf({}, 'title'), ['name', 'list'])],
    ['of the object that it becomes is added', shapeOf(schemaOf({}), ['name', 'list', 'more'])],
  ])('changes where a field %s', (_what, other) => {
    expect(other).not.toBe(shape);
  });

  it('is the same for the same fields, in whatever order', () => {
    expect(shapeOf(schemaOf({}), ['list', 'name'])).toBe(shape);
  });

  it.each([lenientList, lenientObject, placedList])('sees what a field of it holds', (holding) => {
    const of = (fields: Readonly<Record<string, z.core.$ZodType>>) =>
      shapeOf(z.object({ held: holding(z.object(fields)) }), []);
    expect(of({ a: lenientString })).not.toBe(of({ a: lenientString, ...more }));
  });

  it('is part of the names of lookups, so that no version finds what another shape wrote', () => {
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
