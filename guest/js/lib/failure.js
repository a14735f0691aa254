// Why an execution did not succeed, as the node sees it.

/** The kinds of the contract, `failure-kind` in wit/types.wit. */
export const KINDS = Object.freeze([
  'invalid-payload',
  'invalid-params',
  'denied',
  'unauthorized',
  'rejected',
  'partial',
  'rate-limited',
  'unavailable',
  'unknown',
  'protocol',
  'internal',
]);

export class Failure extends Error {
  constructor(kind, message, { retryAfterMs, details } = {}) {
    super(message);
    this.name = 'Failure';
    if (!KINDS.includes(kind)) {
      throw new TypeError(`'${kind}' is not a kind of failure: expected ${KINDS.join(', ')}`);
    }
    if (typeof message !== 'string') {
      throw new TypeError('the message of a failure is a string');
    }
    if (retryAfterMs !== undefined && !(Number.isFinite(retryAfterMs) && retryAfterMs >= 0)) {
      throw new TypeError('retryAfterMs is a number of milliseconds, 0 or more');
    }
    this.kind = kind;
    this.retryAfterMs = retryAfterMs;
    this.details = details;
  }
}
