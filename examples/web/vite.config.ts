import react from '@vitejs/plugin-react';
import { defineConfig, loadEnv, type ProxyOptions } from 'vite';

/** The proxy alone would keep a stream open for one side after it has ended for the other. */
const endTogether: ProxyOptions['configure'] = (proxy) => {
  proxy.on('proxyReq', (forwarded, _request, response) => {
    response.once('close', () => forwarded.destroy());
    forwarded.once('response', (answer) => {
      answer.once('close', () => answer.complete || response.destroy());
    });
  });
};

export default defineConfig(({ mode }) => {
  const { GATEWAY_URL = 'http://127.0.0.1:4000' } = loadEnv(mode, '.', 'GATEWAY_');
  // The page and the gateway share an origin, so the gateway needs no CORS settings.
  const proxy = { '/graphql': { target: GATEWAY_URL, configure: endTogether } };
  return {
    plugins: [react()],
    server: { host: '127.0.0.1', proxy },
    preview: { host: '127.0.0.1', proxy },
  };
});
