import { Buffer } from 'node:buffer';

/** The bytes are not what ByteWriter writes. */
export class MalformedBytesError extends Error {}

/** Writes values in a compact form. Integers may be negative; they must be safe integers. */
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
    // UTF-8 cannot hold half of a surrogate pair. A name that the API has cut may end in one.
    const isPlain = value.isWellFormed();
    const encoded = Buffer.from(value, isPlain ? 'utf8' : 'utf16le');
    return this.integer(encoded.length * 2 + (isPlain ? 0 : 1)).bytes(encoded);
  }

  /** Writes an id of 24 lower-case hexadecimal digits as twelve bytes, and any other id as text. */
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

/** Reads what ByteWriter wrote. Throws MalformedBytesError if the bytes are anything else. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #index = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  byte(): number {
    const value = this.#bytes[this.#index];
    if (value === undefined) throw new MalformedBytesError('The bytes end too early.');
    this.#index += 1;
    return value;
  }

  bytes(length: number): Buffer {
    const end = this.#index + length;
    if (end > this.#bytes.length) throw new MalformedBytesError('The bytes end too early.');
    const slice = Buffer.from(this.#bytes.subarray(this.#index, end));
    this.#index = end;
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

  /** Reads an integer from 0 to `most`. */
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
    if (this.#index !== this.#bytes.length) throw new MalformedBytesError('Bytes are left over.');
  }
}
