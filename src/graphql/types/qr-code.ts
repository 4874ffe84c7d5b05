import { setImmediate } from 'node:timers/promises';
import { type BitMatrix, create } from 'qrcode';
import {
  ContractBrokenError,
  CostLimitError,
  InputRejectedError,
  RateLimitedError,
} from '../../domain/errors.ts';
import { createTaskQueue, type RunInTurn } from '../../domain/task-queue.ts';
import type { FieldPrice } from '../pricing/price.ts';
import { smallestSide, toPng, toSvg } from './qr-code-image.ts';

/** The values of EnrollmentQrCodeFormat. */
export const qrCodeFormats = {
  SVG: { description: 'An SVG document.' },
  PNG_DATA_URL: { description: 'A data: URL of a PNG with one bit for each pixel.' },
} as const;

type QrCodeFormat = keyof typeof qrCodeFormats;

/** The sides of a QR code, in pixels. Cameras cannot read smaller codes; larger ones only make the answer larger. */
export const qrCodeSides = { smallest: 64, default: 256, largest: 1024 } as const;

/**
 * The maximum of pixels that the QR codes of one operation have together: 64 codes of 256 × 256, or 4 of 1024 × 1024. SVG
 * counts as well. The maximum limits the time of drawing in both formats, because a code has no more modules than pixels.
 */
export const maxPixels = 4 * 1024 * 1024;

/** The maximum of bytes in a QR code (version 40), by the level of error correction. */
const capacity = { M: 2_331, L: 2_953 } as const;

/** The pixels of one code of this size; 0 if the size is not allowed. */
const countPixels = (size: number): number =>
  size >= qrCodeSides.smallest && size <= qrCodeSides.largest ? size ** 2 : 0;

/** The price of enrollmentQrCode: the pixels of the codes of all objects, and no upstream call. */
export const qrCodePrice: FieldPrice<{ readonly size: number }> = ({ args, objects }) => ({
  calls: 0,
  objects,
  pixels: objects * countPixels(args.size),
});

/** Draws a link for one operation. `size` is the side in pixels. Null after 100 codes with a size that is not allowed. */
export type DrawQrCode = (
  link: string,
  format: QrCodeFormat,
  size: number,
) => Promise<string | null>;

/**
 * Encodes a text as the modules of a QR code. The whole text is written as bytes: the package's search for a shorter mix of
 * modes takes 170 ms for some texts of 2,000 characters. Throws ContractBrokenError if the text is too long for a code.
 */
const encode = (text: string): BitMatrix => {
  const data = Buffer.from(text);
  if (data.length > capacity.L) {
    throw new ContractBrokenError(
      `The enrollment link is too long for a QR code, which holds at most ${capacity.L} bytes. Ask for enrollmentLink, and show that.`,
    );
  }
  const errorCorrectionLevel = data.length > capacity.M ? 'L' : 'M';
  return create([{ mode: 'byte', data }], { errorCorrectionLevel }).modules;
};

const render = async (matrix: BitMatrix, format: QrCodeFormat, size: number): Promise<string> => {
  switch (format) {
    case 'SVG':
      return toSvg(matrix, size);
    case 'PNG_DATA_URL':
      return `data:image/png;base64,${(await toPng(matrix, size)).toString('base64')}`;
    default:
      return format satisfies never;
  }
};

/** The number of errors about a size in one operation. One size can be wrong for thousands of codes. */
const maxSizeErrors = 100;

const rejectSize = (message: string): never => {
  throw new InputRejectedError([{ path: ['size'], message }]);
};

/**
 * Creates the drawing of QR codes, once for the whole process: one code is drawn at a time, and the event loop runs other work
 * before each.
 */
export const createQrCodeDrawing = () => {
  const inTurn = createTaskQueue();

  /**
   * The drawing of one operation. Equal codes are drawn once. Throws InputRejectedError if the size is not allowed or too
   * small for the link, CostLimitError if the codes of the operation would have more than `maxPixels`, ContractBrokenError if
   * the link is too long, and RateLimitedError after `signal` is aborted.
   */
  return (signal: AbortSignal): DrawQrCode => {
    const drawn = new Map<string, Promise<string>>();
    const matrices = new Map<string, BitMatrix>();
    let pixels = 0;
    let sizeErrors = 0;
    let inOwnTurn: RunInTurn | null = null;

    const addPixels = (more: number): void => {
      if (pixels + more > maxPixels) {
        throw new CostLimitError(
          `The QR codes of one operation may have ${maxPixels} pixels together, and this one exceeds them. Ask for a smaller size, or for fewer codes at once.`,
        );
      }
      pixels += more;
    };

    const draw = async (link: string, format: QrCodeFormat, size: number): Promise<string> => {
      await setImmediate();
      if (signal.aborted) {
        throw new RateLimitedError(
          'The operation ended before this QR code was drawn. Ask for fewer codes at once, or try again later.',
          1_000,
        );
      }
      const matrix = matrices.get(link) ?? encode(link);
      matrices.set(link, matrix);
      const side = smallestSide(matrix);
      if (size < side) {
        // Encoding took as long as for a code that fits, so its modules are counted.
        addPixels(side ** 2 - size ** 2);
        rejectSize(
          `size must be at least ${side} pixels for this link, one for each module of its QR code; it is ${size}.`,
        );
      }
      return render(matrix, format, size);
    };

    return async (link, format, size) => {
      if (countPixels(size) === 0) {
        sizeErrors += 1;
        if (sizeErrors > maxSizeErrors) return null;
        rejectSize(
          `size must be ${qrCodeSides.smallest} to ${qrCodeSides.largest} pixels; it is ${size}.`,
        );
      }
      const key = `${format} ${size} ${link}`;
      const known = drawn.get(key);
      if (known) return known;
      addPixels(countPixels(size));
      // Each operation has at most one code in the process's queue. Otherwise a small operation would wait for a large one.
      inOwnTurn ??= createTaskQueue();
      const drawing = inOwnTurn(() => inTurn(() => draw(link, format, size)));
      drawn.set(key, drawing);
      return drawing;
    };
  };
};
