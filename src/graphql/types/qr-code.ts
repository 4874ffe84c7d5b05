import { setImmediate } from 'node:timers/promises';
import { type BitMatrix, create } from 'qrcode';
import {
  ContractBrokenError,
  CostLimitError,
  InputRejectedError,
  RateLimitedError,
} from '../../domain/errors.ts';
import { createTaskQueue, type RunInTurn } from '../../domain/task-queue.ts';
import { smallestSide, toPng, toSvg } from './qr-code-image.ts';

export const qrCodeFormats = {
  SVG: { description: 'An SVG document.' },
  PNG_DATA_URL: { description: 'A data: URL of a PNG with one bit a pixel.' },
} as const;

export type QrCodeFormat = keyof typeof qrCodeFormats;

/** Sides in pixels; below, cameras fail, above, answers grow for nothing. */
const smallest = 64;
const largest = 1024;

/**
 * The pixels of all QR codes that one operation draws, SVG too: 64 codes of 256 × 256, or 4 of 1024 × 1024. It bounds
 * the time of drawing in either format, as a code has no more modules than pixels.
 */
export const maxPixels = 4 * 1024 * 1024;

/** The most bytes that any QR code holds (version 40), by its level of error correction. */
const capacity = { M: 2_331, L: 2_953 } as const;

/** What one code of this size adds to the pixels of an operation; 0 if the size is refused. */
const pixelsOf = (size: unknown): number =>
  typeof size === 'number' && size >= smallest && size <= largest ? size ** 2 : 0;

/** The price of the field: the pixels of its codes on all the objects, and no upstream call. */
export const qrCodePrice = (question: {
  readonly args: Readonly<Record<string, unknown>>;
  readonly objects: number;
}) => ({
  calls: 0,
  objects: question.objects,
  pixels: question.objects * pixelsOf(question.args['size']),
});

/** Draws a link for one operation. `size` is the side in pixels; null after a hundred codes of a wrong size. */
export type DrawQrCode = (
  link: string,
  format: QrCodeFormat,
  size: number,
) => Promise<string | null>;

/**
 * The modules of a text's code. All of it is written as bytes: the search for parts that other modes write shorter
 * takes 170 ms for some texts of 2,000 characters. Throws ContractBrokenError if the text is too long for any code.
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

/** Codes of a wrong size that have an error of their own each: one size can be wrong for thousands of codes. */
const mostRefusedSizes = 100;

const refuseSize = (message: string): never => {
  throw new InputRejectedError([{ path: ['size'], message }]);
};

/**
 * Draws QR codes for one operation after another in the process: one at a time, and the event loop serves everything
 * else before each.
 */
export const createQrCodeDrawing = () => {
  const inTurn = createTaskQueue();

  /**
   * The QR codes of one operation: each is drawn once, however often it is asked for, and none after `signal` is
   * aborted (RateLimitedError). Throws InputRejectedError if the size is not 64 to 1024 or too small for the link,
   * CostLimitError if the operation has drawn `maxPixels`, and ContractBrokenError if the link is too long.
   */
  return (signal: AbortSignal): DrawQrCode => {
    const drawn = new Map<string, Promise<string>>();
    const matrices = new Map<string, BitMatrix>();
    let pixels = 0;
    let refusedSizes = 0;
    let inOwnTurn: RunInTurn | null = null;

    const spend = (more: number): void => {
      if (pixels + more > maxPixels) {
        throw new CostLimitError(
          `The QR codes of one operation may have ${maxPixels} pixels together, and this one is beyond them. Ask for a smaller size, or for fewer codes at once.`,
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
        // Its modules cost as much as those of a code that fits.
        spend(side ** 2 - size ** 2);
        refuseSize(
          `size must be at least ${side} pixels for this link, one for each module of its QR code; it is ${size}.`,
        );
      }
      return render(matrix, format, size);
    };

    return async (link, format, size) => {
      if (pixelsOf(size) === 0) {
        refusedSizes += 1;
        if (refusedSizes > mostRefusedSizes) return null;
        refuseSize(`size must be ${smallest} to ${largest} pixels; it is ${size}.`);
      }
      const key = `${format} ${size} ${link}`;
      const known = drawn.get(key);
      if (known) return known;
      spend(pixelsOf(size));
      // One turn of the process at a time for each operation, so that a small one does not wait for all of a large one.
      inOwnTurn ??= createTaskQueue();
      const drawing = inOwnTurn(() => inTurn(() => draw(link, format, size)));
      drawn.set(key, drawing);
      return drawing;
    };
  };
};
