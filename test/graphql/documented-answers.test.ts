import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { appleTokenExtras, windowsLegacyPolicy } from '../platforms/documented-parts.ts';
import { type Gateway, startGateway } from '../support/gateway/gateway.ts';
import type { Loose } from '../support/loose.ts';
import {
  type StubAnswer,
  type StubUpstream,
  startStubUpstream,
} from '../support/upstream/stub-upstream.ts';

const examples = new URL('../contract/examples/', import.meta.url);
const used = new Set<string>();

const example = (name: string): Loose => {
  used.add(`${name}.json`);
  return JSON.parse(readFileSync(new URL(`${name}.json`, examples), 'utf8'));
};

const organization = '698f3bde457fafa13d088700';
const windowsId = '698efa6ed851667d9c0aec88';
const appleId = '698f3bde457fafa13d088791';

const windowsTokens = `/organizations/${organization}/mdm/windows/enterprise/enrollment-tokens`;
const appleTokens = `/organizations/${organization}/mdm/apple/enterprise/enrollment-tokens`;
const emptyList = {
  status: true,
  data: { items: [], totalDocs: 0, limit: 10, page: 1, hasNextPage: false },
};
const notFound: StubAnswer = { status: 404, body: example('error-404-3001') };

let answers: Record<string, StubAnswer>;
let upstream: StubUpstream;
let gateway: Gateway;

beforeAll(async () => {
  upstream = await startStubUpstream((path, query) => {
    // The flags of the documented lists are wrong: they have one token only.
    const isPastTheEnd = Number(query.get('page') ?? 1) > 1 && answers[path]?.status === undefined;
    return isPastTheEnd ? { body: emptyList } : (answers[path] ?? notFound);
  });
  gateway = await startGateway(
    { baseUrl: upstream.baseUrl, organization, apiKey: 'any' },
    { LOOKUP_TTL_MS: '0' },
  );
});
beforeEach(() => {
  answers = {};
  upstream.requests.length = 0;
});
afterAll(async () => {
  await gateway.close();
  upstream.close();
});

const globalId = (typename: string, sourceId: string, of = organization) =>
  Buffer.from(`${typename}:${of}:${sourceId}`).toString('base64url');

/** Every field of a token that takes no lookup. */
const tokenFields = `
  __typename id sourceId organizationId platform displayName tags state isUsable type subType
  createdAt updatedAt expiresAt enrollmentLink enrollmentCode sendEmail emailText segmentId config
  user { id sourceId organizationId email }
  device { organizationId platform sourceId }
  policyAssignments { priority policySourceId policy { __typename id name } }
  ... on WindowsEnrollmentToken { enterpriseId }
  ... on AppleEnrollmentToken {
    enterpriseId
    enroll { serverExpirationDate mobileConfigSigned }
    vppLocation { id name countryCode defaultPlatform locationName }
    configuration { skipPersonalInfo }
    profiles {
      id organizationId enterpriseId policySourceId parentProfileId name type targetType uuid version config
      certificates { assetId uuidFormat base64Format location allowAllAppsAccess keyIsExtractable }
      assignedPolicies { id name } assignedDevices { id name }
      useCustomFileVaultCertificates createdAt updatedAt
    }
    applications {
      applicationId managed vpp iosApp action actionStatus configuration updatePolicy
      scripts { preInstall postInstall audit enforce runner }
    }
  }`;

const windowsToken = {
  __typename: 'WindowsEnrollmentToken',
  id: globalId('WindowsEnrollmentToken', windowsId, windowsId),
  sourceId: windowsId,
  organizationId: windowsId,
  platform: 'WINDOWS',
  displayName: 'Engineering Laptop - John Doe',
  tags: ['engineering', 'laptop', 'corporate'],
  state: 'PENDING',
  isUsable: expect.any(Boolean),
  type: 'enrollment',
  subType: 'standard',
  createdAt: '2026-01-15T09:30:00.000Z',
  updatedAt: '2026-02-10T12:00:00.000Z',
  expiresAt: '2026-03-15T09:30:00.000Z',
  enrollmentLink: 'https://mdm.company.com/enroll?token=abc123def456',
  enrollmentCode: 'ABC123',
  sendEmail: true,
  emailText:
    'Welcome to the corporate device management program. Click the link to enroll your device.',
  segmentId: 1,
  config: {},
  // The documentation masks addresses. A value that is not an address is null.
  user: {
    id: globalId('MdmUser', windowsId, windowsId),
    sourceId: windowsId,
    organizationId: windowsId,
    email: null,
  },
  device: { organizationId: windowsId, platform: 'WINDOWS', sourceId: windowsId },
  // The legacy policy is among the assignments, so it is dropped.
  policyAssignments: [
    {
      priority: 100,
      policySourceId: windowsId,
      policy: {
        __typename: 'WindowsPolicy',
        id: globalId('WindowsPolicy', windowsId, windowsId),
        name: 'Corporate Security Policy',
      },
    },
  ],
  enterpriseId: windowsId,
};

const appleToken = {
  __typename: 'AppleEnrollmentToken',
  id: globalId('AppleEnrollmentToken', appleId, appleId),
  sourceId: appleId,
  organizationId: appleId,
  platform: 'APPLE',
  displayName: 'John Doe - iPhone 15 Pro',
  tags: ['sales', 'executive', 'iphone'],
  state: 'PENDING',
  isUsable: expect.any(Boolean),
  type: 'user',
  subType: 'standard',
  createdAt: '2026-01-15T10:30:00.000Z',
  updatedAt: '2026-02-10T14:22:00.000Z',
  expiresAt: '2026-02-20T10:30:00.000Z',
  enrollmentLink: 'https://app.applivery.com/enroll/apple/ABC123DEF456',
  enrollmentCode: 'ABC123DEF',
  sendEmail: true,
  emailText: 'Please enroll your device by following the instructions in this email.',
  segmentId: 1,
  config: {},
  user: {
    id: globalId('MdmUser', appleId, appleId),
    sourceId: appleId,
    organizationId: appleId,
    email: null,
  },
  device: { organizationId: appleId, platform: 'APPLE', sourceId: appleId },
  // The embedded policy is `{}`, which has no data, and the API has no policy with this id.
  policyAssignments: [{ priority: 10, policySourceId: appleId, policy: null }],
  enterpriseId: appleId,
  ...appleTokenExtras,
};

const readToken = (typename: string, id: string) =>
  gateway.ask(`query ($id: ID!) { enrollmentToken(id: $id) { ${tokenFields} } }`, {
    variables: { id: globalId(typename, id) },
  });

describe('the documented tokens', () => {
  it.each(['windows-create.200', 'windows-update.200'])('%s', async (name) => {
    answers[`${windowsTokens}/${windowsId}`] = { body: example(name) };
    const { data, errors } = await readToken('WindowsEnrollmentToken', windowsId);
    expect(errors).toEqual([]);
    expect(data.enrollmentToken).toEqual(windowsToken);
  });

  it.each(['apple-create.200', 'composed/apple-get.200'])('%s', async (name) => {
    answers[`${appleTokens}/${appleId}`] = { body: example(name) };
    const { data, errors } = await readToken('AppleEnrollmentToken', appleId);
    expect(errors).toEqual([]);
    expect(data.enrollmentToken).toEqual(appleToken);
  });

  it('windows-create-legacy.200, whose ids are no ids and whose policy is embedded whole', async () => {
    answers[`${windowsTokens}/${windowsId}`] = { body: example('windows-create-legacy.200') };
    const { data, errors } = await gateway.ask(
      `query ($id: ID!) { enrollmentToken(id: $id) {
        sourceId organizationId displayName tags state type subType createdAt updatedAt expiresAt
        enrollmentLink enrollmentCode sendEmail emailText segmentId config
        user { sourceId email }
        policyAssignments { priority policySourceId policy {
          name version createdAt updatedAt
          ... on WindowsPolicy {
            enterpriseId config
            applications { applicationId action configuration info }
            scripts {
              scriptId type name description runner arguments argumentsProcessed loopTime resetDate info
            }
            admxConfigs { admxConfigId appName settingType fileName description }
            assets { assetId location name scope info }
            agentConfiguration {
              enabled buildTag allowLocation allowNetworkStatus allowPackageTime allowPackageTransfer
            }
          }
        } }
      } }`,
      { variables: { id: globalId('WindowsEnrollmentToken', windowsId) } },
    );
    expect(errors).toEqual([]);
    expect(data.enrollmentToken).toEqual({
      sourceId: 'string',
      organizationId: organization,
      displayName: 'string',
      tags: ['string'],
      state: 'PENDING',
      type: 'string',
      subType: 'string',
      createdAt: '2024-01-01T00:00:00.000Z',
      updatedAt: '2024-01-01T00:00:00.000Z',
      expiresAt: '2024-01-01T00:00:00.000Z',
      enrollmentLink: null,
      enrollmentCode: 'string',
      sendEmail: true,
      emailText: 'string',
      segmentId: null,
      config: {},
      user: { sourceId: 'string', email: null },
      policyAssignments: [
        {
          priority: 0,
          policySourceId: 'string',
          policy: windowsLegacyPolicy,
        },
      ],
    });
  });

  it('windows-list.200 and composed/apple-list.200, in one list, with page numbers that make no sense', async () => {
    answers[windowsTokens] = { body: example('windows-list.200') };
    answers[appleTokens] = { body: example('composed/apple-list.200') };
    const { data, errors } = await gateway.ask(
      `{ enrollmentTokens(first: 2) { nodes { ${tokenFields} } } }`,
    );
    expect(errors).toEqual([]);
    expect(data.enrollmentTokens.nodes).toEqual([appleToken, windowsToken]);
  });

  it('composed/apple-list.200 beside an empty list', async () => {
    answers[appleTokens] = { body: example('composed/apple-list.200') };
    answers[windowsTokens] = { body: emptyList };
    const { data, errors } = await gateway.ask(
      '{ enrollmentTokens(first: 1) { nodes { sourceId } sources { platform status } } }',
    );
    expect(errors).toEqual([]);
    expect(data.enrollmentTokens).toEqual({
      nodes: [{ sourceId: appleId }],
      sources: [
        { platform: 'APPLE', status: 'OK' },
        { platform: 'WINDOWS', status: 'OK' },
      ],
    });
  });
});

describe('the documented user', () => {
  it('mdm-user-create.200, whose dates and address are none', async () => {
    answers[`/organizations/${organization}/mdm/users/${windowsId}`] = {
      body: example('mdm-user-create.200'),
    };
    const { data, errors } = await gateway.ask(
      `query ($id: ID!) { node(id: $id) { __typename ... on MdmUser {
        sourceId organizationId email name tags language managedAppleId createdAt updatedAt
      } } }`,
      { variables: { id: globalId('MdmUser', windowsId) } },
    );
    expect(errors).toEqual([]);
    expect(data.node).toEqual({
      __typename: 'MdmUser',
      sourceId: 'string',
      organizationId: organization,
      email: null,
      name: 'string',
      tags: ['string'],
      language: 'es',
      managedAppleId: example('mdm-user-create.200').data.managedAppleId,
      createdAt: null,
      updatedAt: null,
    });
  });
});

describe('the documented errors', () => {
  const list = `{ enrollmentTokens(first: 1) {
    nodes { sourceId }
    sources { platform status error { __typename code message } }
  } }`;

  const both = (answer: StubAnswer) => {
    answers[windowsTokens] = answer;
    answers[appleTokens] = answer;
  };

  it.each([
    ['error-401-4002', 401, 'UNAUTHENTICATED', 401],
    ['table.error-401-4004', 401, 'UNAUTHENTICATED', 401],
    ['composed/error-403-4003', 403, 'FORBIDDEN', 200],
    ['windows-create.error-400-5050', 400, 'FORBIDDEN', 200],
    ['sibling-aosp-create.error-400-5017', 400, 'FORBIDDEN', 200],
    ['error-404-3001', 404, 'NOT_FOUND', 200],
    ['composed/error-404-1002-route', 404, 'UPSTREAM_INVALID_RESPONSE', 200],
    ['composed/error-500-1000', 500, 'UPSTREAM_UNAVAILABLE', 200],
  ])('%s (%i) from both platforms fails the field with %s', async (name, status, code, httpStatus) => {
    both({ status, body: example(name) });
    const answer = await gateway.ask(list);
    expect(answer.status).toBe(httpStatus);
    expect(answer.data).toBeNull();
    expect(answer.errors).toMatchObject([{ path: ['enrollmentTokens'], extensions: { code } }]);
    const { error }: Loose = example(name);
    expect(answer.errors[0]?.message).not.toContain(error.message);
  });

  it.each([
    ['composed/error-403-4003', 403, 'FORBIDDEN', 'PERMISSION_DENIED'],
    ['windows-create.error-400-5050', 400, 'FORBIDDEN', 'FEATURE_NOT_IN_PLAN'],
    ['composed/error-500-1000', 500, 'UNAVAILABLE', 'UPSTREAM_UNAVAILABLE'],
  ])('%s (%i) from one platform leaves the other’s tokens on the page', async (name, status, sourceStatus, code) => {
    answers[windowsTokens] = { status, body: example(name) };
    answers[appleTokens] = { body: example('composed/apple-list.200') };
    const { data, errors } = await gateway.ask(list);
    expect(errors).toEqual([]);
    expect(data.enrollmentTokens).toEqual({
      nodes: [{ sourceId: appleId }],
      sources: [
        { platform: 'APPLE', status: 'OK', error: null },
        {
          platform: 'WINDOWS',
          status: sourceStatus,
          error: { __typename: 'MdmUpstreamError', code, message: expect.any(String) },
        },
      ],
    });
  });

  it('error-404-3001 for one token is null', async () => {
    const { data, errors } = await readToken('AppleEnrollmentToken', appleId);
    expect(errors).toEqual([]);
    expect(data).toEqual({ enrollmentToken: null });
  });

  it('composed/error-404-1002-route for one token makes its list be searched', async () => {
    answers[`${windowsTokens}/${windowsId}`] = {
      status: 404,
      body: example('composed/error-404-1002-route'),
    };
    answers[windowsTokens] = { body: example('windows-list.200') };
    const { data, errors } = await readToken('WindowsEnrollmentToken', windowsId);
    expect(errors).toEqual([]);
    expect(data.enrollmentToken).toEqual(windowsToken);
  });
});

/** The answers of endpoints that reads never call. The tests of mutations cover those of creates. */
const elsewhere = [
  'mdm-policies-list.200.json',
  'mdm-user-create.error-400-5048.json',
  'mdm-user-delete.200.json',
  'mdm-user-delete.error-400-5054.json',
  'segments-list.200.json',
  'sibling-aosp-create.200.json',
  'table.error-400-5145.json',
  'windows-bulk.200.json',
];

it('every documented answer is served here or belongs to an endpoint that reading never calls', () => {
  const answersOnFile = readdirSync(examples, { recursive: true, encoding: 'utf8' }).filter(
    (name) => /(\.200|error-.*)\.json$/.test(name),
  );
  expect([...used, ...elsewhere].sort()).toEqual(answersOnFile.sort());
});
