import jsQR from 'jsqr';
import { PNG } from 'pngjs';

const decode = (png: Buffer) => {
  const { data, width, height } = PNG.sync.read(png);
  return jsQR.default(new Uint8ClampedArray(data), width, height);
};

/** The text of the QR code somewhere in a PNG, as a phone would read it; null where there is none. */
export const readQrCode = (png: Buffer): string | null => decode(png)?.data ?? null;

/** The modules on one side of the QR code somewhere in a PNG, by the version that is written in it; null where there is none. */
export const countModules = (png: Buffer): number | null => {
  const code = decode(png);
  // ISO/IEC 18004, 5.3.1: version 1 has 21, and each further one four more.
  return code && 17 + 4 * code.version;
};
