import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  lenientList,
  lenientObject,
  lenientString,
  nesting,
} from '../../../src/applivery/fields/fields.ts';
import { joined, mapped, objectOf, renamed } from '../../../src/applivery/fields/object.ts';
import { shapeOf } from '../../../src/applivery/fields/shape.ts';
import { toOrganizationId } from '../../../src/domain/organization.ts';
import { platforms } from '../../../src/platforms/registry.ts';
import { organizationId } from '../../lookups/fake-upstream.ts';
import { createTestLookups } from '../../lookups/lookup-settings.ts';
import { startOperation } from '../../rest/harness.ts';

const schemaOf = (
  inner: Readonly<Record<string, z.core.$ZodType>>,
  outer: Readonly<Record<string, z.core.$ZodType>> = { name: lenientString },
) => {
  const object = z.object({ a: lenientString, ...inner });
  return objectOf({
    ...outer,
    list: lenientList(object),
    one: lenientObject(object),
    held: nesting(z.object({ object }), String),
  });
};
const more = { b: lenientString };

describe('the shape of cached objects', () => {
  const shape = shapeOf(schemaOf({}));

  it.each([
    ['is added inside a list or an object', shapeOf(schemaOf(more))],
    ['is added', shapeOf(schemaOf({}, { name: lenientString, ...more }))],
    ['is renamed', shapeOf(schemaOf({}, { title: lenientString }))],
    [
      'is renamed and read from the same key',
      shapeOf(schemaOf({}, { title: renamed('name', lenientString) })),
    ],
    ['is read from another key', shapeOf(schemaOf({}, { name: renamed('title', lenientString) }))],
    [
      'is read from one more key',
      shapeOf(schemaOf({}, { name: joined(['name', 'more'], lenientString) })),
    ],
  ])('changes if a field %s', (_what, other) => {
    expect(other).not.toBe(shape);
  });

  it('is the same for the same fields in another order', () => {
    const reversed = Object.entries(schemaOf({}).out.shape).toReversed();
    expect(shapeOf(objectOf(Object.fromEntries(reversed)))).toBe(shape);
  });

  it.each([
    lenientList,
    lenientObject,
    (inner: z.core.$ZodType) => nesting(z.object({ inner }), String),
  ])('depends on the fields inside a field', (holding) => {
    const of = (fields: Readonly<Record<string, z.core.$ZodType>>) =>
      shapeOf(objectOf({ held: renamed('holds', holding(mapped(objectOf(fields), String))) }));
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
