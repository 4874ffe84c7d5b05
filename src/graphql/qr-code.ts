import { toDataURL, toString as toText } from 'qrcode';
import { InputRejectedError } from '../tokens/errors.ts';

export const qrCodeFormats = {
  SVG: { description: 'An SVG document.' },
  PNG_DATA_URL: { description: 'A data: URL of a PNG.' },
} as const;

export type QrCodeFormat = keyof typeof qrCodeFormats;

/** Sides in pixels; below, cameras fail, above, answers grow for nothing. */
const smallest = 64;
const largest = 1024;

/**
 * Draws a text as a QR code with medium error correction and the quiet zone that scanners need. `size` is the side in
 * pixels, 64 to 1024 (InputRejectedError otherwise).
 */
export const drawQrCode = async (
  text: string,
  format: QrCodeFormat,
  size: number,
): Promise<string> => {
  if (size < smallest || size > largest) {
    const message = `size must be ${smallest} to ${largest} pixels; it is ${size}.`;
    throw new InputRejectedError([{ path: ['size'], message }]);
  }
  const options = { errorCorrectionLevel: 'M', margin: 4, width: size } as const;
  switch (format) {
    case 'SVG':
      return toText(text, { ...options, type: 'svg' });
    case 'PNG_DATA_URL':
      return toDataURL(text, { ...options, type: 'image/png' });
    default:
      return format satisfies never;
  }
};
