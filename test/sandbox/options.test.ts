import { describe, expect, it } from 'vitest';
import { loadSandboxes } from '../../src/platforms/registry.ts';
import { readFault } from '../../src/sandbox/control/fault-text.ts';
import { listFaultWords } from '../../src/sandbox/control/fault-words.ts';
import { writeHelp } from '../../src/sandbox/control/help.ts';
import { listOptions, OptionsError, readCommand } from '../../src/sandbox/control/options.ts';
import { routesOf } from '../../src/sandbox/routes/all-routes.ts';
import { createSandbox } from '../../src/sandbox/server.ts';

const platforms = await loadSandboxes();
const read = (line: readonly string[], variables: Readonly<Record<string, string>> = {}) =>
  readCommand(line, variables, platforms);

const messageOf = (line: readonly string[], variables: Readonly<Record<string, string>> = {}) => {
  try {
    read(line, variables);
  } catch (error) {
    if (error instanceof OptionsError) return error.message;
    throw error;
  }
  return '';
};

describe('the options of the sandbox', () => {
  it('have defaults', () => {
    expect(read([])).toEqual({
      port: 4010,
      host: '127.0.0.1',
      sandbox: {
        platforms,
        seed: 1,
        tokens: 5000,
        users: 300,
        policies: 40,
        embeds: 'mixed',
        oddities: true,
        hidesDeleted: false,
      },
      keys: [],
      faults: [],
    });
  });

  it('are all read', () => {
    const line = [
      ...['--port', '0', '--host', '::1', '--seed=7', '--tokens', '10', '--users', '3'],
      ...['--policies', '2', '--embeds', 'whole', '--no-oddities', '--hides-deleted'],
      ...['--requests-per-hour', '50', '--activity', '5'],
      ...['--webhook', 'https://gateway.example.com/webhooks/x'],
      ...['--key', 'mdm.apple.*, mdm.global.*', '--key', '*'],
      ...[
        '--fault',
        'plan',
        '--fault',
        'delay=5 method=POST platform=apple path=/bulk?a=b times=2',
      ],
    ];
    expect(read(line)).toEqual({
      port: 0,
      host: '::1',
      sandbox: {
        platforms,
        seed: 7,
        tokens: 10,
        users: 3,
        policies: 2,
        embeds: 'whole',
        oddities: false,
        hidesDeleted: true,
        requestsPerHour: 50,
        activitySeconds: 5,
        webhook: 'https://gateway.example.com/webhooks/x',
      },
      keys: [['mdm.apple.*', 'mdm.global.*'], ['*']],
      faults: [
        { fault: { kind: 'plan', match: {} }, text: 'plan' },
        {
          fault: {
            kind: 'delay',
            ms: 5,
            match: { method: 'POST', platform: 'apple', path: '/bulk?a=b' },
            times: 2,
          },
          text: 'delay=5 method=POST platform=apple path=/bulk?a=b times=2',
        },
      ],
    });
  });

  it('come before the variables PORT and HOST', () => {
    expect(read([], { PORT: '0', HOST: '0.0.0.0' })).toMatchObject({ port: 0, host: '0.0.0.0' });
    expect(read(['--port', '5'], { PORT: 'many', HOST: ' ' })).toMatchObject({
      port: 5,
      host: '127.0.0.1',
    });
    expect(messageOf([], { PORT: 'many' })).toContain('- PORT must be a whole number from 0');
  });

  it('that are wrong are all named in one message', () => {
    const message = messageOf([
      ...['--port', '65536', '--sed', '3', '--embeds', 'all', '--no-oddities=1', '--users', '0'],
      ...['--fault', 'boom', '--fault', 'status=9 times=x', '--key', 'mdm.beos.*', '4010'],
      ...['--activity'],
    ]);
    expect(message.split('\n').map((line) => line.replace(/:.*/, ''))).toEqual([
      'The sandbox cannot start',
      '  - "4010" is not an option. With npm, the options follow "--"',
      '  - --port must be a whole number from 0 to 65535',
      '  - --users must be a whole number from 1 to 100000',
      '  - --embeds must be one of mixed, none, whole',
      '  - --no-oddities takes no value',
      '  - --activity needs a value',
      '  - there is no option --sed',
      '  - --key',
      '  - --fault "boom"',
      '  - --fault "status=9 times=x"',
      '  - --fault "status=9 times=x"',
      'npm run sandbox -- --help lists the options.',
    ]);
  });

  it.each([
    ['delay', 'delay needs a whole number from 0'],
    ['delay=', 'delay needs a whole number'],
    ['delay=1=2', 'delay needs a whole number'],
    ['delay=1.5', 'delay needs a whole number'],
    ['plan=1', 'plan takes no value'],
    ['plan times=1 times=2', 'times is given twice'],
    ['rewrite', 'there is no fault "rewrite"'],
    ['constructor', 'there is no fault "constructor"'],
  ])('do not take the fault %s', (fault, problem) => {
    expect(messageOf(['--fault', fault])).toContain(`--fault "${fault}": ${problem}`);
  });

  it.each([
    'gateway.example.com/webhooks/x',
    'ftp://gateway.example.com/',
    'file:///etc/passwd',
    'http://user:secret@127.0.0.1/',
  ])('refuse the webhook %s', (url) => {
    expect(messageOf(['--webhook', url])).toContain(
      '--webhook must be an http or https URL without user name',
    );
  });

  it.each([
    ['--tokens', '0'],
    ['--tokens', '1', '--users', '1', '--policies', '1'],
    ['--tokens', '30', '--policies', '1', '--embeds', 'none'],
  ])('give a sandbox with the smallest numbers: %s %s', (...line) => {
    const command = read(line);
    expect(command).not.toBeNull();
    if (command === null) return;
    const { organization } = createSandbox(command.sandbox);
    const counts = organization.platforms.map(({ tokens }) => tokens.size());
    expect(counts[0] ?? 0).toBe(Math.floor((command.sandbox.tokens ?? 0) / 2));
  });
});

describe('the help', () => {
  const help = writeHelp(platforms);

  it('is asked for beside any other option', () => {
    expect(read(['--port', 'x', '--help'])).toBeNull();
  });

  it('names every option with its default', () => {
    const options = listOptions();
    expect(options.length).toBeGreaterThan(10);
    for (const { form } of options) expect(help).toContain(`  ${form} `);
    expect(help).toMatch(/--tokens <number> .*Default: 5000\./);
  });

  it('names every fault that can be written, and its examples are right', () => {
    const words = listFaultWords();
    expect(words.length).toBeGreaterThan(15);
    const routes = routesOf(platforms);
    for (const { form, meaning } of words) {
      expect(help.replace(/\n {10,}/g, ' ')).toMatch(
        new RegExp(`^  ${form} +${meaning.replace(/[.()]/g, '\\$&')}$`, 'm'),
      );
      const problems: string[] = [];
      const text = form.replace(/<.*>/, form.startsWith('status') ? '503' : '1');
      expect(readFault(text, routes, problems)).toMatchObject({ kind: form.split('=')[0] });
      expect(problems).toEqual([]);
    }
    const examples = [...help.matchAll(/npm run sandbox -- (--(?:tokens|fault).*)/g)];
    expect(examples).toHaveLength(2);
    for (const [, example = ''] of examples) {
      const line = [...example.matchAll(/'([^']*)'|\S+/g)].map(([word, quoted]) => quoted ?? word);
      expect(messageOf(line)).toBe('');
    }
  });
});
