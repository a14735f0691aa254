// The node of docs/conformance.md.

import { Failure, http, log, node } from 'hospes-node';

function outcome(answer) {
  return answer instanceof Failure
    ? { error: answer.reason }
    : { status: answer.status, header: answer.header('X-Case') ?? null, body: answer.text() };
}

const DEEDS = {
  echo: ({ payload }) => payload.value,
  params: ({ params }) => params,
  context: ({ context: { attempt, env, secrets, variables } }) => ({ attempt, env, secrets, variables }),
  fail: ({ payload: { kind, message, retry_after_ms: retryAfterMs, details } }) => {
    throw new Failure(kind, message, { retryAfterMs, details });
  },
  send: ({ payload }) => http.sendAll(payload.requests).map(outcome),
  log: ({ payload: { message, fields } }) => {
    for (const level of ['trace', 'debug', 'info', 'warn', 'error']) {
      log[level](message, fields);
    }
    return null;
  },
  draw: () => [Math.random(), crypto.randomUUID()],
  clock: () => Date.now(),
};

export default node(
  {
    name: 'conformance',
    version: '0.1.0',
    payload: { type: 'object' },
    params: {
      type: 'object',
      properties: { text: { type: 'string' }, flag: { type: 'boolean' }, number: { type: 'integer' } },
    },
  },
  (call) => DEEDS[call.payload.do](call),
);
