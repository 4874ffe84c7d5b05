import { promisify } from 'node:util';
import { crc32, deflate } from 'node:zlib';
import type { BitMatrix } from 'qrcode';

/** The width of the white border that scanners need, in modules. */
const quietZone = 4;

/** The smallest side of an image, in pixels: one pixel for each module and the quiet zone. */
export const smallestSide = ({ size: modules }: BitMatrix): number => modules + 2 * quietZone;

/** Draws an SVG document whose unit is one module. Each run of dark modules in a row is a stroke of height one. */
export const toSvg = (matrix: BitMatrix, size: number): string => {
  const side = smallestSide(matrix);
  let path = '';
  for (let row = 0; row < matrix.size; row += 1) {
    // The column where the previous run of the row ended; negative before the first run.
    let end = -1;
    for (let column = 0; column < matrix.size; column += 1) {
      if (matrix.get(row, column) === 0) continue;
      const start = column;
      while (column + 1 < matrix.size && matrix.get(row, column + 1) === 1) column += 1;
      path += end < 0 ? `M${start + quietZone} ${row + quietZone + 0.5}` : `m${start - end} 0`;
      end = column + 1;
      path += `h${end - start}`;
    }
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 ${side} ${side}" shape-rendering="crispEdges"><path fill="#ffffff" d="M0 0h${side}v${side}H0z"/><path stroke="#000000" d="${path}"/></svg>\n`;
};

const deflateAsync = promisify(deflate);

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Writes a chunk (PNG specification, 5.3): length, type, data, and the CRC of type and data. */
const chunk = (type: string, data: Uint8Array): Buffer => {
  const bytes = Buffer.alloc(data.length + 12);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(type, 4, 'latin1');
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, -4)), data.length + 8);
  return bytes;
};

/** The filter types of a row (PNG specification, 9.2): unfiltered, and as the difference to the row above. */
const unfiltered = 0;
const differenceToAbove = 2;

/**
 * Draws a PNG of `size` × `size` pixels. The code is centred, and each module has a whole number of pixels. The image has one
 * bit for each pixel. The package `qrcode` fills 32 times the memory for a PNG and is slow for that reason: it uses pngjs,
 * which cannot write less than eight bits for each pixel.
 */
export const toPng = async (matrix: BitMatrix, size: number): Promise<Buffer> => {
  const scale = Math.floor(size / smallestSide(matrix));
  const margin = Math.floor((size - scale * matrix.size) / 2);
  const rowBytes = 1 + Math.ceil(size / 8);
  const rows = Buffer.alloc(size * rowBytes);
  let above: number | null = null;
  for (let y = 0; y < size; y += 1) {
    // -1 stands for the quiet zone above the code, `matrix.size` for the one below it.
    const row = Math.max(-1, Math.min(Math.floor((y - margin) / scale), matrix.size));
    const pixels = rows.subarray(y * rowBytes, (y + 1) * rowBytes);
    if (row === above) {
      // All differences are zero.
      pixels[0] = differenceToAbove;
      continue;
    }
    above = row;
    pixels.fill(0xff);
    pixels[0] = unfiltered;
    if (row < 0 || row === matrix.size) continue;
    for (let x = margin; x < margin + scale * matrix.size; x += 1) {
      const isDark = matrix.get(row, Math.floor((x - margin) / scale)) === 1;
      const byte = 1 + (x >> 3);
      if (isDark) pixels[byte] = (pixels[byte] ?? 0) & ~(0x80 >> (x & 7));
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  // Bit depth 1. The zeros that follow: colour type greyscale, and the standard compression, filters and order of rows.
  header[8] = 1;
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', await deflateAsync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
};
