import { describe, expect, test } from 'vitest';
import { distinctAddresses } from '../../src/creation/email-addresses.ts';

describe('addresses of a bulk create', () => {
  test('are trimmed, compared without case, and keep order and first spelling', () => {
    expect(
      distinctAddresses([
        ' Ana@Example.com ',
        'bo@example.com',
        'ANA@example.com',
        'bo@example.com',
      ]),
    ).toEqual([
      { email: 'Ana@Example.com', index: 0, isWellFormed: true },
      { email: 'bo@example.com', index: 1, isWellFormed: true },
    ]);
  });

  test.each([
    'ana@example.com,',
    'ana@example.com;',
    '<ana@example.com>',
    '<ana@example.com>,',
    ' ; <ana@example.com> \t\u00A0',
  ])('%j loses the characters that pasting left around it', (given) => {
    expect(distinctAddresses([given, 'ana@example.com'])).toEqual([
      { email: 'ana@example.com', index: 0, isWellFormed: true },
    ]);
  });

  test('that are malformed are reported as they were written, each distinct one once', () => {
    expect(distinctAddresses([' Ana <ana@example.com>, ', 'ana <ANA@example.com>'])).toEqual([
      { email: 'Ana <ana@example.com>,', index: 0, isWellFormed: false },
    ]);
    // Trimmed by JavaScript, it would become another address.
    expect(distinctAddresses(['\uFEFFana@example.com', 'ana@example.com'])).toMatchObject([
      { isWellFormed: false },
      { isWellFormed: true },
    ]);
  });

  test('of a megabyte of blanks are read in linear time', () => {
    const started = performance.now();
    distinctAddresses([`a${' '.repeat(1_000_000)}b`, ','.repeat(1_000_000)]);
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  test.each([
    'ana@example.com',
    "o'neil+tablet_1@mail.example.co.uk",
    'ñandú@correo.example',
    `${'a'.repeat(116)}@example.com`,
    'ana@bücher.example',
    'ana@例え.example',
    'ANA@BÜCHER.EXAMPLE',
    'ana@xn--bcher-kva.example',
    'a!#$%&*/=?^_`{|}~-b@example.com',
  ])('%s is well formed', (email) => {
    expect(distinctAddresses([email])).toMatchObject([{ isWellFormed: true }]);
  });

  test.each([
    '',
    'ana',
    'ana@',
    '@example.com',
    'ana@example',
    'ana@@example.com',
    'ana@example..com',
    'ana@example.com.',
    'ana b@example.com',
    'ana@exa mple.com',
    'Ana <ana@example.com>',
    'ana@example.com,bo@example.com',
    'ana\u0000@example.com',
    'ana@exam_ple.com',
    'ana@-example.com',
    'ana@example-.com',
    `ana@${'a'.repeat(64)}.com`,
    'ana@192.0.2.1',
    'ana@0x7f.1',
    'ana@[192.0.2.1]',
    'ana@example.com/path',
    'ana@example.com:25',
    'ana@ex%61mple.com',
    'ana@xn--a.com',
    'ana..b@example.com',
    '.ana@example.com',
    'ana.@example.com',
    "'ana@example.com'",
    'mailto:ana@example.com',
    'Ana<ana@example.com>',
    ...[
      '\u00AD',
      '\u200B',
      '\u200D',
      '\u2060',
      '\u202E',
      '\uFEFF',
      '\u{E0041}',
      '\u3164',
      '\u2800',
      '\uD800',
    ].flatMap((unseen) => [
      `${unseen}ana@example.com`,
      `an${unseen}a@example.com`,
      `ana@exam${unseen}ple.com`,
      `ana@example.com${unseen}`,
    ]),
    `${'a'.repeat(117)}@example.com`,
  ])('%j is malformed', (email) => {
    expect(distinctAddresses([email])).toMatchObject([{ isWellFormed: false }]);
  });
});
