import { describe, expect, it } from 'vitest';
import {
  CostLimitError,
  InputRejectedError,
  RateLimitedError,
} from '../../../src/domain/errors.ts';
import {
  createQrCodeDrawing,
  type DrawQrCode,
  maxPixels,
} from '../../../src/graphql/types/qr-code.ts';

const linkOf = (index: number): string => `https://mdm.example.com/enroll/${index}`;

const start = (): DrawQrCode => createQrCodeDrawing()(new AbortController().signal);

describe('the QR codes of one operation', () => {
  it('are drawn once for each link, format and size', async () => {
    const draw = start();
    const codes = await Promise.all(
      // Ten times the maximum of pixels of an operation.
      Array.from({ length: 40 }, () => draw(linkOf(0), 'SVG', 1024)),
    );
    expect(new Set(codes).size).toBe(1);
    const others = [
      await draw(linkOf(1), 'SVG', 1024),
      await draw(linkOf(0), 'PNG_DATA_URL', 1024),
      await draw(linkOf(0), 'SVG', 1023),
    ];
    expect(new Set([...codes, ...others]).size).toBe(4);
  });

  it('may have 4,194,304 pixels together, and those beyond are refused', async () => {
    const draw = start();
    await Promise.all(
      Array.from({ length: maxPixels / 256 ** 2 }, (_, index) => draw(linkOf(index), 'SVG', 256)),
    );
    await expect(draw(linkOf(1_000), 'SVG', 64)).rejects.toThrow(CostLimitError);
    await expect(draw(linkOf(0), 'SVG', 256)).resolves.toContain('<svg');
  });

  it('count with their modules where these do not fit', async () => {
    const draw = start();
    await Promise.all([
      ...[1, 2, 3].map((index) => draw(linkOf(index), 'SVG', 1024)),
      ...Array.from({ length: 15 }, (_, index) => draw(linkOf(index), 'SVG', 256)),
    ]);
    // 65,536 pixels are left: 16 codes of 64 pixels, but only one of 177 modules and a quiet zone of 4 on each side.
    const long = (index: number): string => linkOf(index).padEnd(2_300, 'x');
    await expect(draw(long(1), 'SVG', 64)).rejects.toThrow(InputRejectedError);
    await expect(draw(long(2), 'SVG', 64)).rejects.toThrow(CostLimitError);
  });

  it('wait for no more than one code of each other operation', async () => {
    const begin = createQrCodeDrawing();
    const order: string[] = [];
    const record = (name: string, code: Promise<string | null>) =>
      code.then(() => order.push(name));
    const large = begin(new AbortController().signal);
    const many = Array.from({ length: 10 }, (_, index) =>
      record(`large ${index}`, large(linkOf(index), 'PNG_DATA_URL', 256)),
    );
    const small = record('small', begin(new AbortController().signal)(linkOf(0), 'SVG', 256));
    await Promise.all([...many, small]);
    expect(order.indexOf('small')).toBeLessThanOrEqual(2);
    expect(order).toHaveLength(11);
  });

  it('leave a turn of the event loop to others before each', async () => {
    const draw = start();
    let drawn = 0;
    let isDone = false;
    const seen: number[] = [];
    const other = (): void => {
      seen.push(drawn);
      if (!isDone) setImmediate(other);
    };
    setImmediate(other);
    await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        await draw(linkOf(index), 'SVG', 256);
        drawn += 1;
      }),
    );
    isDone = true;
    // No two codes are drawn in one iteration of the event loop.
    expect(seen.every((count, index) => count - (seen[index - 1] ?? 0) <= 1)).toBe(true);
    expect(seen.length).toBeGreaterThanOrEqual(20);
  });

  it('are drawn no further once the operation was aborted', async () => {
    const controller = new AbortController();
    const begin = createQrCodeDrawing();
    const draw = begin(controller.signal);
    const codes = Array.from({ length: 10 }, (_, index) => draw(linkOf(index), 'SVG', 256));
    const settled = Promise.allSettled(codes);
    await codes[0];
    controller.abort();
    const outcomes = await settled;
    const failed = outcomes.filter(({ status }) => status === 'rejected');
    expect(failed.length).toBeGreaterThanOrEqual(8);
    for (const outcome of failed) {
      expect(outcome).toMatchObject({ reason: expect.any(RateLimitedError) });
    }
    // Others are not affected.
    await expect(begin(new AbortController().signal)(linkOf(0), 'SVG', 256)).resolves.toContain(
      '<svg',
    );
  });
});
