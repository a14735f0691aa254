// The seam to the host: the component binds the contract's interfaces here, a test its script.
//
// A host has `send(request)`, which returns an answer or throws a `{tag, val}`, `sendAll(requests)`, which
// returns a list of `{tag: 'ok' | 'err', val}`, and `log(level, message, fields)`. Requests have the members
// of the contract, with `timeoutMs` as a number or undefined.

const none = {
  send() {
    throw { tag: 'unreachable', val: 'there is no host: use Host of hospes-node/testing' };
  },
  sendAll(requests) {
    return requests.map(() => ({ tag: 'err', val: { tag: 'unreachable', val: 'there is no host' } }));
  },
  log() {},
};

let current = none;

/** The host of what runs now. */
export function host() {
  return current;
}

/** Sets the host, and returns the one before. */
export function setHost(next) {
  const before = current;
  current = next;
  return before;
}
