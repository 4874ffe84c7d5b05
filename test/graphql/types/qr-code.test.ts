import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startWorld, type World } from '../../support/gateway/gateway.ts';
import { countModules, readQrCode } from '../../support/qr-code.ts';

const link = 'https://mdm.example.com/enroll/CANARY-link?code=CANARY-code&name=Jos%C3%A9';

const dataUrlPrefix = 'data:image/png;base64,';

const toPng = (dataUrl: string): Buffer => {
  expect(dataUrl.startsWith(dataUrlPrefix)).toBe(true);
  return Buffer.from(dataUrl.slice(dataUrlPrefix.length), 'base64');
};

const pixelsPerModule = 4;

/** Renders the SVGs that the gateway draws: runs of dark modules, row by row, from the left. */
const paint = (svg: string): Buffer => {
  const side = Number(/viewBox="0 0 (\d+) \1"/.exec(svg)?.[1]);
  const runs = /stroke="#000000" d="([^"]+)"/.exec(svg)?.[1] ?? '';
  const png = new PNG({ width: side * pixelsPerModule, height: side * pixelsPerModule });
  png.data.fill(255);
  let [x, y] = [0, 0];
  for (const [, command, first = '0', second = '0'] of runs.matchAll(
    /([Mmh])(-?[\d.]+)(?: (-?[\d.]+))?/g,
  )) {
    const length = Number(first);
    if (command === 'M') [x, y] = [length, Math.floor(Number(second))];
    else if (command === 'm') [x, y] = [x + length, y + Number(second)];
    else {
      for (let column = x * pixelsPerModule; column < (x + length) * pixelsPerModule; column += 1) {
        for (let row = y * pixelsPerModule; row < (y + 1) * pixelsPerModule; row += 1) {
          png.data.fill(0, (row * png.width + column) * 4, (row * png.width + column) * 4 + 3);
        }
      }
      x += length;
    }
  }
  return PNG.sync.write(png);
};

/** Reads width, height, bits per channel and colour type from the header (PNG specification, 11.2.2). */
const headerOf = (png: Buffer) => ({
  type: png.toString('latin1', 12, 16),
  width: png.readUInt32BE(16),
  height: png.readUInt32BE(20),
  bitDepth: png[24],
  colourType: png[25],
});

/** The first and last column and row with a dark pixel, and the length of the dark run in the first row. */
const darkPart = (bytes: Buffer) => {
  const { data, width, height } = PNG.sync.read(bytes);
  const isDark = (x: number, y: number) => data[(y * width + x) * 4] === 0;
  const indexes = (length: number) => Array.from({ length }, (_, index) => index);
  const columns = indexes(width).filter((x) => indexes(height).some((y) => isDark(x, y)));
  const rows = indexes(height).filter((y) => indexes(width).some((x) => isDark(x, y)));
  const [left = 0, top = 0] = [columns[0], rows[0]];
  let finder = 0;
  while (isDark(left + finder, top)) finder += 1;
  return {
    left,
    top,
    right: width - 1 - (columns.at(-1) ?? 0),
    bottom: height - 1 - (rows.at(-1) ?? 0),
    // A finder pattern is seven modules wide.
    pixelsPerModule: finder / 7,
  };
};

const one = `query One($id: ID!, $size: Int! = 256) {
  enrollmentToken(id: $id) {
    enrollmentLink
    svg: enrollmentQrCode(size: $size)
    png: enrollmentQrCode(format: PNG_DATA_URL, size: $size)
  }
}`;

describe.each(['apple', 'windows'])('the QR code of a token of %s', (platform) => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ tokens: 0, users: 5, policies: 4 });
  });
  afterAll(() => world.close());

  const add = async (fields: Record<string, string | null>): Promise<string> => {
    const { id: sourceId } = world.sandbox.addToken(platform, fields);
    const { data } = await world.ask('{ enrollmentTokens(first: 100) { nodes { id sourceId } } }');
    return data.enrollmentTokens.nodes.find((node: any) => node.sourceId === sourceId).id;
  };
  const ask = async (id: string, size?: number) => {
    const answer = await world.ask(one, { variables: { id, ...(size !== undefined && { size }) } });
    return { ...answer, token: answer.data.enrollmentToken };
  };

  it.each([64, 256, 1024])('reads as the link, %i pixels wide', async (size) => {
    const { token, errors } = await ask(await add({ enrollmentLink: link }), size);
    expect(errors).toEqual([]);
    expect(token.enrollmentLink).toBe(link);

    expect(token.svg).toContain(`width="${size}" height="${size}"`);
    expect(readQrCode(paint(token.svg))).toBe(link);
    const png = toPng(token.png);
    expect(PNG.sync.read(png)).toMatchObject({ width: size, height: size });
    expect(headerOf(png)).toEqual({
      type: 'IHDR',
      width: size,
      height: size,
      bitDepth: 1,
      colourType: 0,
    });
    expect(readQrCode(png)).toBe(link);
  });

  it.each([64, 131, 259])('is centred in white as a PNG %i pixels wide', async (size) => {
    const { token } = await ask(await add({ enrollmentLink: link }), size);
    const png = toPng(token.png);
    const { left, top, right, bottom, pixelsPerModule: scale } = darkPart(png);
    const modules = Number(countModules(png));
    expect(size - left - right).toBe(modules * scale);
    // The largest whole number that leaves four modules on each side.
    expect(scale).toBe(Math.floor(size / (modules + 8)));
    expect(Math.min(left, top, right, bottom)).toBeGreaterThanOrEqual(4 * scale);
    expect(Math.abs(left - right)).toBeLessThanOrEqual(1);
    expect(Math.abs(top - bottom)).toBeLessThanOrEqual(1);
  });

  it.each([
    64, 256,
  ])('has four white modules on each side as an SVG %i pixels wide', async (size) => {
    for (const enrollmentLink of [link, link.padEnd(400, 'x1Y-')]) {
      const { token } = await ask(
        await add({ enrollmentLink }),
        Math.max(size, enrollmentLink.length),
      );
      const modules = Number(countModules(paint(token.svg)));
      expect(token.svg).toContain(`viewBox="0 0 ${modules + 8} ${modules + 8}"`);
      expect(token.svg).toContain(
        `<path fill="#ffffff" d="M0 0h${modules + 8}v${modules + 8}H0z"/>`,
      );
      const edge = 4 * pixelsPerModule;
      expect(darkPart(paint(token.svg))).toEqual({
        ...{ left: edge, top: edge, right: edge, bottom: edge },
        pixelsPerModule,
      });
    }
  });

  it.each([
    ['medium', 2_331],
    ['low', 2_953],
  ])('reads as a link that just fits with %s error correction', async (_level, length) => {
    const long = `${link}&x=`.padEnd(length, 'x1Y-');
    const { token, errors } = await ask(await add({ enrollmentLink: long }), 512);
    expect(errors).toEqual([]);
    expect(readQrCode(paint(token.svg))).toBe(long);
    expect(readQrCode(toPng(token.png))).toBe(long);
  });

  it('reads as a link with letters of other scripts', async () => {
    const foreign = 'https://mdm.example.com/enroll?name=José-日本-😀';
    const { token } = await ask(await add({ enrollmentLink: foreign }));
    expect(readQrCode(paint(token.svg))).toBe(foreign);
    expect(readQrCode(toPng(token.png))).toBe(foreign);
  });

  it.each([63, 1025, 0, -1])('is refused %i pixels wide', async (size) => {
    const { token, errors } = await ask(await add({ enrollmentLink: link }), size);
    expect(token).toEqual({ enrollmentLink: link, svg: null, png: null });
    expect(errors.map(({ path, extensions }) => [path, extensions['code']])).toEqual([
      [['enrollmentToken', 'svg'], 'BAD_USER_INPUT'],
      [['enrollmentToken', 'png'], 'BAD_USER_INPUT'],
    ]);
    expect(JSON.stringify(errors)).not.toContain('CANARY');
  });

  it.each([null, '', 'no link at all'])('is null where the link is %j', async (enrollmentLink) => {
    const { token, errors } = await ask(await add({ enrollmentLink }));
    expect(errors).toEqual([]);
    expect(token).toEqual({ enrollmentLink: null, svg: null, png: null });
  });
});

describe('the log', () => {
  it('never holds a QR code, or the link that it was drawn from', async () => {
    const { sandbox, ask, logged, close } = await startWorld({ tokens: 0, users: 5 });
    onTestFinished(close);
    sandbox.addToken('apple', { enrollmentLink: link, enrollCode: 'CANARY-code' });
    const { data } = await ask(
      '{ enrollmentTokens { nodes { enrollmentQrCode(size: 64) bad: enrollmentQrCode(size: 1) } } }',
    );

    expect(data.enrollmentTokens.nodes).toEqual([
      { enrollmentQrCode: expect.stringContaining('<svg'), bad: null },
    ]);
    expect(logged().length).toBeGreaterThan(0);
    expect(JSON.stringify(logged())).not.toMatch(/CANARY|<svg|base64/);
  });
});
