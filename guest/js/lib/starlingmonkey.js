// The component on StarlingMonkey. The engine has console, fetch, URL, timers and chance of its own.

import { log } from 'hospes:node/log@0.1.0';
import { send, sendAll } from 'hospes:node/http@0.1.0';
import { failureOf, finish, start } from './boundary.js';
import { setHost } from './host.js';
import { describe, requireNode } from './node.js';

/** The engine's numbers of 64 bits are BigInts. */
const wide = (number) => (number === undefined ? undefined : BigInt(number));

const request = (one) => ({ ...one, timeoutMs: wide(one.timeoutMs) });

export function component(node) {
  const definition = requireNode(node);
  setHost({
    log,
    send(one) {
      try {
        return send(request(one));
      } catch (error) {
        throw error.payload ?? error;
      }
    },
    sendAll: (list) => sendAll(list.map(request)),
  });
  return {
    action: {
      async execute(payload, context) {
        try {
          return finish(definition, await start(definition, payload, context));
        } catch (error) {
          const failure = failureOf(error);
          throw { ...failure, retryAfterMs: wide(failure.retryAfterMs) };
        }
      },
    },
    about: { describe: () => describe(definition) },
  };
}
