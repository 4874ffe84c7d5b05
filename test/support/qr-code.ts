import jsQR from 'jsqr';
import { PNG } from 'pngjs';

/** The text of the QR code somewhere in a PNG, as a phone would read it; null where there is none. */
export const readQrCode = (png: Buffer): string | null => {
  const { data, width, height } = PNG.sync.read(png);
  return jsQR.default(new Uint8ClampedArray(data), width, height)?.data ?? null;
};
