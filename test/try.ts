import { parse } from 'graphql';
import { createSchema } from '/work/main/src/graphql/schema.ts';
import { platforms } from '/work/main/src/platforms/registry.ts';
import { createPricing } from '/work/main/src/graphql/pricing.ts';
const schema = createSchema(platforms);
const price = createPricing(schema, platforms, { defaultPageSize: 20, maxPageSize: 100, maxScanItems: 2000, maxLimit: 500, bulkChunkSize: 50 });
const document = parse('query($n:Int){ enrollmentTokens(first: $n, filter: {states: [PENDING]}) { totalCount nodes { id user { name email } policyAssignments { priority policy { name version } } } pageInfo { endCursor } sources { status } } }');
for (let k=0;k<6;k++) { const t=process.cpuUsage(); for (let i=0;i<3000;i++) price({document, operationName: undefined, variables: {n:100}}); const u=process.cpuUsage(t); console.log('price cpu us', (u.user+u.system)/3000); }
