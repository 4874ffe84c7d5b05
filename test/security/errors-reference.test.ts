import { readFileSync } from 'node:fs';
import { isEnumType } from 'graphql';
import { describe, expect, it } from 'vitest';
import { configReference } from '../../src/config.ts';
import { createSchema } from '../../src/graphql/schema.ts';
import { maxPixels } from '../../src/graphql/types/qr-code.ts';
import { platforms } from '../../src/platforms/registry.ts';
import { errorCodes } from '../../src/server/errors/public-errors.ts';
import { requestLimits } from '../../src/server/limits/request-limits.ts';

const text = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
const [, general = '', request = '', user = ''] = text.split(/^## /m);

const codesOf = (section: string): string[] =>
  [...section.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code = '']) => code);

describe('the reference of errors', () => {
  it('explains every code of the gateway, and no other', () => {
    expect(codesOf(general).sort()).toEqual([...errorCodes].sort());
  });

  it("explains GraphQL's own codes", () => {
    expect(codesOf(request)).toEqual([
      'GRAPHQL_PARSE_FAILED',
      'GRAPHQL_VALIDATION_FAILED',
      'OPERATION_RESOLUTION_FAILURE',
      'BAD_REQUEST',
      'PERSISTED_QUERY_NOT_FOUND',
      'PERSISTED_QUERY_MISMATCH',
      'REQUEST_ENTITY_TOO_LARGE',
    ]);
  });

  it('explains every code of a payload', () => {
    const type = createSchema(platforms).getType('MdmErrorCode');
    const values = isEnumType(type) ? type.getValues().map(({ name }) => name) : [];
    expect(codesOf(user).sort()).toEqual([...values].sort());
  });

  it('has the actual limits', () => {
    for (const { name, fallback } of configReference()) {
      const row = request.split('\n').find((line) => line.includes(`\`${name}\``));
      if (row !== undefined) expect(row).toContain(`| ${fallback}`);
    }
    expect(request).toContain(`${requestLimits.bodyBytes / 1024} KiB`);
    expect(request).toContain(requestLimits.overlaps.toLocaleString('en'));
    expect(request).toContain(`SVG too | ${maxPixels.toLocaleString('en')} |`);
    expect(request).toContain(`of the variables | ${requestLimits.variableDepth} |`);
    expect(request).toContain(`in an operation | ${requestLimits.introspections} |`);
  });
});
