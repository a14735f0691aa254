// Where JSON becomes values and values become JSON again. The component and the scripted host of native tests
// both go through here, so a test sees what a caller will see.

import { Failure } from './failure.js';
import { http } from './http.js';
import { log } from './log.js';
import { mistakes } from './schema.js';
import { readable } from './stack.js';

function parse(kind, place, schema, text) {
  let value;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Failure(kind, `${place} is not JSON: ${error.message}`);
  }
  const found = schema === undefined ? [] : mistakes(schema, value, place);
  if (found.length > 0) {
    throw new Failure(kind, found.slice(0, 10).join('; '));
  }
  return value;
}

function context(given) {
  const { executionId, attempt, env, secrets, remainingMs } = given;
  const variables = JSON.parse(given.variables);
  return Object.freeze({
    executionId,
    attempt,
    env,
    secrets: Object.freeze([...secrets]),
    variables,
    remainingMs: Number(remainingMs),
    hasSecret: (name) => secrets.includes(name),
  });
}

/** Calls the author's function. What it returns may be a promise. */
export function start(definition, payload, given) {
  const { checksPayload, schemas } = definition;
  const params = parse('invalid-params', 'params', schemas.params, given.params);
  return definition.execute({
    payload: parse('invalid-payload', 'payload', checksPayload ? undefined : schemas.payload, payload),
    params,
    http,
    log,
    context: context(given),
  });
}

/** A bug in a result: no line of the author's is at work any more, so the place is that of the node. */
function wrong(definition, message) {
  const error = new TypeError(message);
  error.stack = definition.stack;
  return error;
}

/** The result as JSON. */
export function finish(definition, result) {
  let text;
  try {
    text = JSON.stringify(result ?? null);
  } catch (error) {
    throw wrong(definition, `the result can't be written as JSON: ${error.message}`);
  }
  if (text === undefined) {
    throw wrong(definition, `a result is a JSON value, not a ${typeof result}`);
  }
  const { result: schema } = definition.schemas;
  const found = schema === undefined ? [] : mistakes(schema, JSON.parse(text), 'result');
  if (found.length > 0) {
    throw wrong(definition, found.slice(0, 10).join('; '));
  }
  return text;
}

/** What a caller may know of something thrown. All of an unexpected error goes to the author's log. */
export function failureOf(thrown) {
  if (thrown instanceof Failure) {
    const { kind, message, retryAfterMs, details } = thrown;
    try {
      return {
        kind,
        message,
        retryAfterMs: retryAfterMs === undefined ? undefined : Math.ceil(retryAfterMs),
        details: details === undefined ? undefined : JSON.stringify(details),
      };
    } catch (error) {
      return failureOf(error);
    }
  }
  for (const line of readable(thrown)) {
    log.error(line);
  }
  return { kind: 'internal', message: 'a bug in the node: its log says where' };
}
