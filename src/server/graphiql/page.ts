import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Encoding } from '../http/encoding/negotiation.ts';
import type { CompressedPage, StaticPage } from '../http/encoding/static-page.ts';
import { type GraphiqlPageOptions, type GraphiqlSetup, graphiqlOptions } from './graphiql.ts';

/** Beside this module in the sources, and beside the bundle in `dist/`, where the build puts it. */
const worker = new URL('./page-worker.js', import.meta.url);

interface Rendering {
  readonly options: GraphiqlPageOptions;
  readonly encoding: Encoding;
}

const render = async (workerData: Rendering): Promise<CompressedPage> => {
  const thread = new Worker(worker, { workerData });
  try {
    // `once` rejects if the thread reports an error. A thread can also end without one.
    const [page] = await Promise.race([
      once(thread, 'message'),
      once(thread, 'exit').then(() => Promise.reject(new Error('The thread ended early.'))),
    ]);
    return { ...page, bytes: Buffer.from(page.bytes) };
  } finally {
    await thread.terminate();
  }
};

/**
 * The page with GraphiQL. It is rendered and compressed once for each encoding, when it is first requested, in a thread
 * that ends afterwards. Only the compressed bytes are kept: about 2 MB each.
 */
export const createGraphiqlPage = (setup: GraphiqlSetup): StaticPage => {
  const options = graphiqlOptions(setup);
  const pages = new Map<Encoding, Promise<CompressedPage>>();
  return {
    type: 'text/html; charset=utf-8',
    load: (encoding) => {
      const known = pages.get(encoding);
      if (known) return known;
      const page = render({ options, encoding });
      pages.set(encoding, page);
      // The next request tries again.
      page.catch(() => pages.delete(encoding));
      return page;
    },
  };
};
