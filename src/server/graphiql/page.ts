import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Encoding } from '../http/encoding/negotiation.ts';
import type { CompressedPage, StaticPage } from '../http/encoding/static-page.ts';
import { type GraphiqlPageOptions, type GraphiqlSetup, graphiqlOptions } from './graphiql.ts';

/** Beside this module in the sources, and beside the bundle in `dist/`, where the build puts it. */
const worker = new URL('./page-worker.js', import.meta.url);

/**
 * GraphiQL 5 applies the transforms of its drag and drop to the tab that gets the focus. The tab moves away under the
 * pointer, and the click is lost. Without transforms, tabs cannot be dragged.
 */
const tabStyle = '<style>.graphiql-tab { transform: none !important; }</style>';

interface Rendering {
  readonly options: GraphiqlPageOptions;
  /** Inserted at the end of the page's head. */
  readonly headEnd: string;
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
      const page = render({ options, headEnd: tabStyle, encoding });
      pages.set(encoding, page);
      // The next request tries again.
      page.catch(() => pages.delete(encoding));
      return page;
    },
  };
};
