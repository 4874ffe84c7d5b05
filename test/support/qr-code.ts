import jsQR from 'jsqr';
import { PNG } from 'pngjs';

const decode = (png: Buffer) => {
  const { data, width, height } = PNG.sync.read(png);
  return jsQR.default(new Uint8ClampedArray(data), width, height);
};

/** Reads the text of the QR code in a PNG; null if there is no QR code. */
export const readQrCode = (png: Buffer): string | null => decode(png)?.data ?? null;

/** Returns the number of modules per side of the QR code in a PNG, from its version; null if there is no QR code. */
export const countModules = (png: Buffer): number | null => {
  const code = decode(png);
  // ISO/IEC 18004, 5.3.1: version 1 has 21 modules, and each further version has four more.
  return code && 17 + 4 * code.version;
};
