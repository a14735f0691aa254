// The component on QuickJS. The engine has neither console, URL, timers nor fetch: ./quickjs/ brings them.

import './quickjs/install.js';
import { log } from 'hospes:node/log@0.1.0';
import { send, sendAll } from 'hospes:node/http@0.1.0';
import { failureOf, finish, start } from './boundary.js';
import { setHost } from './host.js';
import { describe, requireNode } from './node.js';
import { beginExecution, drive } from './quickjs/loop.js';

/** The engine's `none` is null. */
function none(record) {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, value ?? null]));
}

export function component(node) {
  const definition = requireNode(node);
  setHost({
    log,
    send(request) {
      try {
        return send(none(request));
      } catch (error) {
        throw error.payload ?? error;
      }
    },
    sendAll: (requests) => sendAll(requests.map(none)),
  });
  return {
    actionAsync: {
      async execute(payload, context) {
        beginExecution();
        try {
          return finish(definition, await drive(start(definition, payload, context)));
        } catch (error) {
          throw none({ retryAfterMs: null, details: null, ...failureOf(error) });
        }
      },
    },
    about: { describe: () => none(describe(definition)) },
  };
}
