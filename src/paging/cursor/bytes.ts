import { Buffer } from 'node:buffer';

/** The bytes are not what ByteWriter writes. */
export class MalformedBytesError extends Error {}

/**
 * Writes values as bytes, or reads them again, so that one description of a format serves both. A writer writes the value
 * that it gets, and returns it. A reader gets no value, or ignores it, and returns what it reads.
 */
export interface Coder {
  byte(value: number): number;
  /** A safe integer, which may be negative. A small one takes one byte. */
  integer(value: number): number;
  /** An integer from 0 to `most`. */
  count(value: number, most: number): number;
  text(value: string | undefined): string;
  /** An id. One of 24 lower-case hexadecimal digits takes 13 bytes. */
  id(value: string | undefined): string;
  /** One of the `choices`, as the byte of its index. */
  oneOf<Value>(choices: readonly Value[], value: Value): Value;
  list<Value>(
    values: readonly Value[] | undefined,
    code: (value: Value | undefined) => Value,
  ): readonly Value[];
}

/** Writes values in a compact form. */
export class ByteWriter implements Coder {
  #buffer = Buffer.allocUnsafe(256);
  #length = 0;

  byte(value: number): number {
    this.#reserve(1);
    this.#buffer[this.#length++] = value;
    return value;
  }

  bytes(values: Uint8Array): void {
    this.#reserve(values.length);
    this.#buffer.set(values, this.#length);
    this.#length += values.length;
  }

  integer(value: number): number {
    let rest = value < 0 ? -2 * value - 1 : 2 * value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.byte((rest % 0x80) + 0x80);
    this.byte(rest);
    return value;
  }

  count(value: number): number {
    return this.integer(value);
  }

  text(value = ''): string {
    // UTF-8 cannot hold half of a surrogate pair. A name that the API has cut may end in one.
    const isPlain = value.isWellFormed();
    const encoded = Buffer.from(value, isPlain ? 'utf8' : 'utf16le');
    this.integer(encoded.length * 2 + (isPlain ? 0 : 1));
    this.bytes(encoded);
    return value;
  }

  id(value = ''): string {
    const isHexadecimal = /^[\da-f]{24}$/.test(value);
    this.byte(isHexadecimal ? 1 : 0);
    if (isHexadecimal) this.bytes(Buffer.from(value, 'hex'));
    else this.text(value);
    return value;
  }

  oneOf<Value>(choices: readonly Value[], value: Value): Value {
    this.byte(choices.indexOf(value));
    return value;
  }

  list<Value>(values: readonly Value[] = [], code: (value: Value) => Value): readonly Value[] {
    this.integer(values.length);
    for (const value of values) code(value);
    return values;
  }

  /** Removes what was written, so that the room can be used again. */
  clear(): void {
    this.#length = 0;
  }

  toBuffer(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(2 * needed);
    larger.set(this.#buffer);
    this.#buffer = larger;
  }
}

/** Reads what ByteWriter wrote. Throws MalformedBytesError if the bytes are anything else. */
export class ByteReader implements Coder {
  /** The bytes that are left. */
  #rest: Buffer;

  constructor(bytes: Buffer) {
    this.#rest = bytes;
  }

  bytes(length: number): Buffer {
    if (length > this.#rest.length) throw new MalformedBytesError('The bytes end too early.');
    const taken = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return taken;
  }

  byte(): number {
    return this.bytes(1).readUInt8();
  }

  integer(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.byte();
      value += (byte % 0x80) * scale;
      if (!Number.isSafeInteger(value)) throw new MalformedBytesError('A number is too large.');
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
  }

  count(_value: number, most: number): number {
    const value = this.integer();
    if (value < 0 || value > most) throw new MalformedBytesError('A count is out of range.');
    return value;
  }

  text(): string {
    const size = this.count(0, Number.MAX_SAFE_INTEGER);
    return this.bytes(Math.floor(size / 2)).toString(size % 2 === 0 ? 'utf8' : 'utf16le');
  }

  id(): string {
    return this.byte() === 1 ? this.bytes(12).toString('hex') : this.text();
  }

  oneOf<Value>(choices: readonly Value[]): Value {
    const choice = choices[this.byte()];
    if (choice === undefined) throw new MalformedBytesError('There is no such choice.');
    return choice;
  }

  list<Value>(_values: unknown, code: (value: undefined) => Value): readonly Value[] {
    // Every value takes a byte at least.
    const length = this.count(0, this.#rest.length);
    return Array.from({ length }, () => code(undefined));
  }

  end(): void {
    if (this.#rest.length > 0) throw new MalformedBytesError('Bytes are left over.');
  }
}
