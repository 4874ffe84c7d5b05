import type { PlatformSandbox } from '../platform.ts';
import { routesOf } from '../routes/all-routes.ts';
import { listConditions } from './fault-text.ts';
import { listFaultWords } from './fault-words.ts';
import { listOptions } from './options.ts';

const lineLength = 100;

/** Breaks a text between words, so that a line with this indentation fits. */
const wrap = (text: string, indentation: number): string => {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && indentation + line.length + 1 + word.length > lineLength) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.join(`\n${' '.repeat(indentation)}`);
};

const table = (rows: readonly (readonly [form: string, text: string])[]): string => {
  const width = Math.max(...rows.map(([form]) => form.length));
  return rows.map(([form, text]) => `  ${form.padEnd(width)}  ${wrap(text, width + 4)}`).join('\n');
};

/** The help of the sandbox's command. */
export const writeHelp = (platforms: readonly PlatformSandbox[]): string => {
  const platform = platforms[0]?.key ?? '';
  const options = listOptions().map(({ form, description, fallback }) => {
    const ending = fallback === undefined ? '' : ` Default: ${fallback}.`;
    return [form, `${description}${ending}`] as const;
  });
  return `Usage: npm run sandbox -- [options]

Runs a server that behaves like the REST API and has invented data.

Options:
${table(options)}

Faults, for --fault and POST /sandbox/faults. Without its conditions, a fault also works in the header
x-sandbox-fault of one request, several with commas between them:
${table(listFaultWords().map(({ form, meaning }) => [form, meaning]))}

Conditions, after the fault. The fault applies to requests that meet all of them:
${table(listConditions(routesOf(platforms)).map(({ form, meaning }) => [form, meaning]))}

Examples:
  npm run sandbox -- --tokens 200 --activity 5 --key 'mdm.${platform}.*,mdm.global.*'
  npm run sandbox -- --fault 'reset-after method=POST times=1' --fault 'delay=800 platform=${platform}'

docs/sandbox.md describes how to switch faults on while the sandbox runs.
`;
};
