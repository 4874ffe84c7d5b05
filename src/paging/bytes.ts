import { Buffer } from 'node:buffer';

/** The bytes do not follow the format that they are read by. */
export class MalformedBytesError extends Error {}

/** Appends values in a compact form. Whole numbers may be negative, and as large as is safe. */
export class ByteWriter {
  #buffer = Buffer.allocUnsafe(256);
  #length = 0;

  byte(value: number): this {
    this.#reserve(1);
    this.#buffer[this.#length++] = value;
    return this;
  }

  bytes(values: Uint8Array): this {
    this.#reserve(values.length);
    this.#buffer.set(values, this.#length);
    this.#length += values.length;
    return this;
  }

  integer(value: number): this {
    let rest = value < 0 ? -2 * value - 1 : 2 * value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.byte((rest % 0x80) + 0x80);
    return this.byte(rest);
  }

  text(value: string): this {
    // UTF-8 cannot hold half a surrogate pair, which a name that was cut upstream may end in.
    const isPlain = value.isWellFormed();
    const encoded = Buffer.from(value, isPlain ? 'utf8' : 'utf16le');
    return this.integer(encoded.length * 2 + (isPlain ? 0 : 1)).bytes(encoded);
  }

  /** An entity id of 24 lower-case hexadecimal digits takes twelve bytes; any other text takes more. */
  id(value: string): this {
    if (/^[\da-f]{24}$/.test(value)) return this.byte(1).bytes(Buffer.from(value, 'hex'));
    return this.byte(0).text(value);
  }

  list<Value>(values: readonly Value[], write: (value: Value) => void): this {
    this.integer(values.length);
    for (const value of values) write(value);
    return this;
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

/** Reads what ByteWriter wrote; throws MalformedBytesError where it cannot have been that. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  byte(): number {
    const value = this.#bytes[this.#position];
    if (value === undefined) throw new MalformedBytesError('The bytes end too early.');
    this.#position += 1;
    return value;
  }

  bytes(length: number): Buffer {
    const end = this.#position + length;
    if (end > this.#bytes.length) throw new MalformedBytesError('The bytes end too early.');
    const slice = Buffer.from(this.#bytes.subarray(this.#position, end));
    this.#position = end;
    return slice;
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

  /** A whole number that is not negative, and at most `most`. */
  count(most = Number.MAX_SAFE_INTEGER): number {
    const value = this.integer();
    if (value < 0 || value > most) throw new MalformedBytesError('A count is out of range.');
    return value;
  }

  text(): string {
    const size = this.count();
    const bytes = this.bytes(Math.floor(size / 2));
    return bytes.toString(size % 2 === 0 ? 'utf8' : 'utf16le');
  }

  id(): string {
    return this.byte() === 1 ? this.bytes(12).toString('hex') : this.text();
  }

  list<Value>(read: () => Value): readonly Value[] {
    const length = this.count();
    if (length > this.#bytes.length) throw new MalformedBytesError('A list is too long.');
    return Array.from({ length }, read);
  }

  end(): void {
    if (this.#position !== this.#bytes.length)
      throw new MalformedBytesError('Bytes are left over.');
  }
}
