// Sends user attributes, events and purchases to Braze, as the node in Rust in guest/nodes/braze-track does.
//
// payload.ts reads the two forms of a payload, rules.ts finds what Braze is known to refuse, answer.ts says what
// a response means, report.ts what became of each object.

import { Failure, HttpError, http, log, node } from 'hospes-node';
import type { Context, Json } from 'hospes-node';
import { read, stopOf } from './answer.ts';
import { Faults } from './checker.ts';
import { Invalid, SCHEMA, bytes, readPayload } from './payload.ts';
import type { Fields, Item } from './payload.ts';
import { Report } from './report.ts';
import type { Delivered } from './report.ts';
import { check, noteTooLarge } from './rules.ts';

const KEY = 'braze_api_key';

/** Milliseconds at most that a request leaves, so that there is time to say what became of it. */
const MARGIN = 500;

/** Milliseconds. With less left, no further request is sent. */
const LEAST = 100;

const PARAMS = {
  type: 'object',
  properties: {
    braze_url: { type: 'string', description: "Base URL of the workspace's REST endpoint." },
    braze_user_track: { type: 'string', description: 'Path of the endpoint. Defaults to users/track.' },
    partner: { type: 'string', description: 'Named to Braze unless the payload does. Defaults to pypestream.' },
    max_objects: {
      type: 'integer',
      minimum: 1,
      maximum: 75,
      description: 'Most objects in one request, 1 to 75. Defaults to 75.',
    },
    max_bytes: {
      type: 'integer',
      minimum: 1,
      maximum: 4_000_000,
      description: 'Most bytes of one request. Defaults to 4000000.',
    },
    on_invalid: {
      enum: ['refuse-all', 'send-valid'],
      description: 'Of a payload with invalid objects, refuse-all sends nothing, send-valid the others.',
    },
  },
  required: ['braze_url'],
  additionalProperties: false,
} as const;

interface Plan {
  url: string;
  envelope: Fields;
  maxObjects: number;
  maxBytes: number;
}

/** Whether a part of a URL has neither credentials nor a query, nor a space. */
const isPlain = (part: string) => /^[!-~]+$/.test(part) && !/[@?#\\]/.test(part);

function endpoint(base: string, path: string): string {
  const host = /^https?:\/\/([^/].*?)\/*$/.exec(base)?.[1];
  if (host === undefined || !isPlain(host)) {
    const expected = 'a base URL, such as https://rest.iad-01.braze.com';
    throw new Failure('invalid-params', `params.braze_url: expected ${expected}`);
  }
  const plain = path.replace(/^\/+|\/+$/g, '');
  if (!isPlain(plain)) {
    throw new Failure('invalid-params', 'params.braze_user_track: expected a path, such as users/track');
  }
  return `${base.replace(/\/+$/, '')}/${plain}`;
}

function bodyOf(envelope: Fields, items: Item[]): Fields {
  const body: Fields = { ...envelope };
  for (const { array, value } of items) {
    ((body[array] ??= []) as Json[]).push(value);
  }
  return body;
}

/** How many of the objects go into the next request: one at least. */
function count({ envelope, maxObjects, maxBytes }: Plan, items: Item[]): number {
  let size = bytes(envelope);
  const arrays = new Set<string>();
  for (const [at, { array, value }] of items.slice(0, maxObjects).entries()) {
    // A comma, and the first of an array brings the array.
    size += 1 + bytes(value) + (arrays.has(array) ? 0 : array.length + 5);
    arrays.add(array);
    if (at > 0 && size > maxBytes) {
      return at;
    }
  }
  return Math.min(items.length, maxObjects);
}

/**
 * Sends the objects, request after request. Braze keeps no order between requests in flight, so each waits for the
 * response to the one before. None is repeated: Braze would count its events and purchases twice.
 */
function deliver(items: Item[], plan: Plan, context: Context, report: Report): Delivered {
  const end = Date.now() + context.remainingMs;
  let rest = items;
  while (rest.length > 0) {
    const sent = rest.slice(0, count(plan, rest));
    rest = rest.slice(sent.length);
    const left = end - Date.now();
    if (left < LEAST && report.requests > 0) {
      throw report.stopped(sent, rest, stopOf('unavailable', 'no time is left for a request'));
    }
    let response;
    try {
      response = http.post(plan.url, {
        headers: { Authorization: http.secret(KEY, { prefix: 'Bearer ' }) },
        json: bodyOf(plan.envelope, sent),
        timeoutMs: Math.max(1, Math.floor(left - Math.min(left / 10, MARGIN))),
      });
    } catch (error) {
      if (!(error instanceof HttpError)) {
        throw error;
      }
      report.requests += Number(error.mayHaveArrived);
      throw report.stopped(sent, rest, stopOf(error.kind, error.message));
    }
    report.requests += 1;
    const said = read(response, Date.now() / 1000);
    if ('kind' in said) {
      throw report.stopped(sent, rest, said);
    }
    report.taken(sent, said);
  }
  return report.finish();
}

export default node(
  {
    name: 'braze-track',
    version: '0.1.0',
    summary: 'Sends user attributes, events and purchases to Braze.',
    egress: ['POST {braze_url}/users/track'],
    secrets: { [KEY]: 'REST API key with the permission users.track.' },
    params: PARAMS,
    payload: SCHEMA,
    checksPayload: true,
    result: {
      type: 'object',
      properties: {
        success: { const: 'true' },
        message: { type: 'string' },
        requests: { type: 'integer', minimum: 1 },
        processed: {
          type: 'object',
          properties: {
            attributes: { type: 'integer', minimum: 0 },
            events: { type: 'integer', minimum: 0 },
            purchases: { type: 'integer', minimum: 0 },
          },
          required: ['attributes', 'events', 'purchases'],
        },
        queued: { type: 'boolean' },
      },
      required: ['success', 'message', 'requests', 'processed', 'queued'],
    },
  },
  ({ payload, params, context }) => {
    const url = endpoint(params.braze_url, params.braze_user_track ?? 'users/track');
    if (!context.hasSecret(KEY)) {
      throw new Failure('invalid-params', `the secret ${KEY} is missing`);
    }
    const report = new Report();
    const found = readPayload(payload as Json);
    if (found instanceof Invalid) {
      report.faults(found.faults, 0);
      throw report.invalidPayload([]);
    }
    for (const name of Object.keys(found.others).filter((one) => one !== 'group_id')) {
      log.warn('Braze ignores this member of the payload', { name });
    }

    const partner = found.partner ?? params.partner ?? 'pypestream';
    const plan = {
      url,
      envelope: { ...(partner === '' ? {} : { partner }), ...found.others },
      maxObjects: params.max_objects ?? 75,
      maxBytes: params.max_bytes ?? 4_000_000,
    };
    const faults = new Faults();
    let valid = found.items.filter((one) => check(found.form, one, faults));
    const refuseAll = faults.list.length > 0 && params.on_invalid !== 'send-valid';
    if (!refuseAll) {
      valid = valid.filter((one) => {
        const fits = bytes(bodyOf(plan.envelope, [one])) <= plan.maxBytes;
        if (!fits) {
          noteTooLarge(found.form, one, faults);
        }
        return fits;
      });
    }
    report.faults(faults.list, found.items.length - valid.length, faults.omitted);
    if (refuseAll || valid.length === 0) {
      throw report.invalidPayload(valid);
    }
    return deliver(valid, plan, context, report);
  },
);
