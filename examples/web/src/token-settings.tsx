import { useQuery } from '@tanstack/react-query';
import { Field } from './field.tsx';
import { graphql, useAsk } from './gateway.ts';
import { type Platform, platformNames, platforms } from './names.ts';

const policiesOf = graphql(`
  query PoliciesOf($platform: MdmPlatformInput!) {
    mdmPolicies(platform: $platform, first: 100) {
      nodes { id name }
    }
  }
`);

const dayInSeconds = 86_400;

interface PlatformChoiceProps {
  readonly platform: Platform;
  readonly onChange: (platform: Platform) => void;
}

/** The platform of new tokens. */
export const PlatformChoice = ({ platform, onChange }: PlatformChoiceProps) => (
  <fieldset>
    <legend>Platform</legend>
    {platforms.map((one) => (
      <label key={one} className="choice">
        <input
          type="radio"
          name="platform"
          checked={platform === one}
          onChange={() => onChange(one)}
        />
        {platformNames[one]}
      </label>
    ))}
  </fieldset>
);

/** The input fields that `TokenSettings` has an input for. */
export const settingFields = ['displayName', 'policyAssignments', 'durationSeconds'];

interface TokenSettingsProps {
  readonly platform: Platform;
  readonly messageAt: (field: string) => string | undefined;
}

/** The settings that a new token and a bulk invitation share. */
export const TokenSettings = ({ platform, messageAt }: TokenSettingsProps) => {
  const ask = useAsk();
  const policies = useQuery({
    queryKey: ['policies', platform],
    queryFn: ({ signal }) => ask(policiesOf, { platform }, signal),
  });
  return (
    <>
      <Field label="Name" fault={messageAt('displayName')}>
        {(props) => <input {...props} name="displayName" placeholder="Laptop of …" />}
      </Field>
      <Field label="Policy" fault={messageAt('policyAssignments') ?? policies.error?.message}>
        {(props) => (
          <select {...props} name="policyId">
            <option value="">None</option>
            {policies.data?.mdmPolicies.nodes.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label="Days to use it" fault={messageAt('durationSeconds')}>
        {(props) => <input {...props} name="days" type="number" step="any" defaultValue="7" />}
      </Field>
      <label className="choice">
        <input type="checkbox" name="sendEmail" />
        E-mail the invitation
      </label>
    </>
  );
};

/** Reads the text of a form's input. */
export const textOf = (data: FormData, name: string): string => String(data.get(name) ?? '').trim();

/** Reads the inputs of `TokenSettings` from their form. */
export const settingsOf = (data: FormData) => {
  const policyId = textOf(data, 'policyId');
  return {
    displayName: textOf(data, 'displayName') || null,
    policyAssignments: policyId ? [{ policyId, priority: 0 }] : [],
    durationSeconds: Math.round(Number(textOf(data, 'days')) * dayInSeconds),
    sendEmail: data.has('sendEmail'),
  };
};
