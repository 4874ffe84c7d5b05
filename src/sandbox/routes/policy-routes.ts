import { createCollection } from '../data/collection.ts';
import { entityMissing } from '../failure.ts';
import type { Document, JsonObject } from '../json.ts';
import type { PlatformSandbox } from '../platform.ts';
import { createQueryReader, type QueryReader } from '../query.ts';
import type { Call, Route } from '../router.ts';
import { type Condition, type ListRequest, listPage, readListRequest } from './list.ts';

const contains = (value: unknown, part: string) =>
  typeof value === 'string' && value.toLowerCase().includes(part.toLowerCase());

const maxSegmentId = 1_000_000;

/** The filters of every policy list. `expandTo` is validated and has no effect. */
const readCommon = (query: QueryReader): { request: ListRequest; conditions: Condition[] } => {
  const request = readListRequest(query);
  const name = query.text('name', 256);
  const segmentId = query.integer('segmentId', 0, maxSegmentId);
  query.choice('expandTo', ['ancestors', 'children']);
  const conditions: Condition[] = [];
  if (name !== undefined) {
    conditions.push({ name: `name ${name}`, matches: (policy) => contains(policy['name'], name) });
  }
  if (segmentId !== undefined) {
    conditions.push({
      name: `segment ${segmentId}`,
      matches: (policy) => Number(policy['segmentId'] ?? 0) === segmentId,
    });
  }
  return { request, conditions };
};

/** The routes that list the policies of one platform and read one policy. */
export const policyRoutes = (platform: PlatformSandbox): readonly Route[] => {
  const path = `/organizations/{organizationId}/mdm/${platform.key}/enterprise/policies`;
  const permission = (action: string) => `mdm.${platform.key}.policy.${action}`;
  return [
    {
      method: 'GET',
      path,
      operation: permission('list'),
      permission: permission('list'),
      platform: platform.key,
      handle: (call): JsonObject => {
        const query = createQueryReader(call.query);
        const { request, conditions } = readCommon(query);
        const targetType =
          platform.targetTypes.length === 0
            ? undefined
            : query.choice('targetType', platform.targetTypes);
        query.finish();
        if (targetType !== undefined) {
          conditions.push({
            name: `target ${targetType}`,
            matches: (policy) => policy['targetType'] === targetType,
          });
        }
        const { policies } = call.organization.platform(platform.key);
        return listPage(policies, request, conditions, call.listFaults);
      },
    },
    {
      method: 'GET',
      path: `${path}/{${platform.words.policyId}}`,
      operation: permission('get'),
      permission: permission('get'),
      platform: platform.key,
      handle: (call): Document => {
        const { policies } = call.organization.platform(platform.key);
        const policy = policies.get(call.parameter(platform.words.policyId));
        if (policy === undefined) throw entityMissing();
        return policy;
      },
    },
  ];
};

const summarize = (platform: PlatformSandbox, policy: Document): Document => ({
  id: policy.id,
  type: platform.key,
  name: policy['name'],
  version: policy['version'],
  updatedAt: policy['updatedAt'],
  createdAt: policy['createdAt'],
  ...platform.summarize(policy),
});

const listSummaries = (call: Call): JsonObject => {
  const { platforms } = call.organization;
  const query = createQueryReader(call.query);
  const { request, conditions } = readCommon(query);
  const type = query.choice('type', [
    ...new Set(['android', ...platforms.map((store) => store.platform.key)]),
  ]);
  const policyId = query.entityId('policyId');
  const search = query.text('search', 256);
  query.finish();
  if (search !== undefined) {
    conditions.push({ name: 'search', matches: (policy) => contains(policy['name'], search) });
  }
  if (policyId !== undefined) {
    conditions.push({ name: 'policy', matches: (policy) => policy.id === policyId });
  }
  const summaries = createCollection();
  summaries.replaceAll(
    platforms
      .filter(({ platform }) => type === undefined || platform.key === type)
      .flatMap(({ platform, policies }) =>
        policies.all().map((policy) => summarize(platform, policy)),
      ),
  );
  const { items, totalDocs } = listPage(summaries, request, conditions, call.listFaults);
  return { items, totalDocs };
};

/** The route that lists the policies of all platforms in short form. Its answer has no page flags. */
export const policySummaryRoute: Route = {
  method: 'GET',
  path: '/organizations/{organizationId}/mdm/policies',
  operation: 'mdm.global.policy.list',
  permission: 'mdm.global.policy.list',
  platform: null,
  handle: listSummaries,
};
