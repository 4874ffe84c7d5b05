import { ask } from './ask';
import { TokenDetails } from './operations';

globalThis.clients = {
  ask: ({ url, authorization }, id) =>
    ask(url, authorization.replace('Bearer ', ''), TokenDetails, { id }),
};
