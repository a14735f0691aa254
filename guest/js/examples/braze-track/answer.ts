// What a response of Braze means. Decides, and does no I/O.

import { Failure } from 'hospes-node';
import type { Json, Kind, Response } from 'hospes-node';
import { ARRAYS, isObject } from './payload.ts';
import type { ArrayName, Fields } from './payload.ts';

/** Characters of a text from Braze that are passed on. */
const MOST_TEXT = 200;

/** Seconds. Braze's windows end within the hour: more than a day is not a wait. */
const MOST_WAIT = 24 * 60 * 60;

/** From here on, the number in `X-RateLimit-Reset` is an epoch. */
const LEAST_EPOCH = 1_000_000_000;

/** One entry of `errors`. Braze does not promise to say where. */
export interface ItemError {
  array: ArrayName | undefined;
  index: number | undefined;
  reason: string;
}

/** Braze has accepted the request, except for the objects that it names. */
export interface Taken {
  queued: boolean;
  errors: ItemError[];
  counts: Record<ArrayName, Json | undefined>;
}

/** Braze has not accepted the request, or nobody knows. Nothing more is sent. */
export interface Stop {
  kind: Kind;
  message: string;
  retryAfterMs?: number;
  status?: number;
  text?: string;
  errors: ItemError[];
  allRefused: boolean;
}

type Meaning = [kind: Kind, words: string, hint?: string];

export const stopOf = (kind: Kind, message: string): Stop => ({ kind, message, errors: [], allRefused: false });

export const mayBeTaken = ({ kind }: Stop): boolean => kind === 'unknown' || kind === 'protocol';

/** Says what a response means. `now` is in seconds since the epoch. */
export function read(response: Response, now: number): Taken | Stop {
  const body = json(response);
  const said = isObject(body) ? (body.message ?? body.error) : undefined;
  const text = typeof said === 'string' ? bounded(said) : undefined;
  return response.ok ? success(response.status, body, text) : fatal(response, body, text, now);
}

function json(response: Response): Json {
  try {
    return response.json();
  } catch (error) {
    if (error instanceof Failure) {
      return null;
    }
    throw error;
  }
}

function success(status: number, body: Json, text: string | undefined): Taken | Stop {
  const outside = (why: string): Stop => ({
    ...stopOf('protocol', `Braze answered outside its contract: HTTP ${status}, and ${why}`),
    status,
    text,
  });
  if (!isObject(body)) {
    return outside('the body is not a JSON object');
  }
  const message = body.message ?? null;
  if (message !== 'success' && !(message === 'queued' && status === 202)) {
    return outside(message === null ? 'there is no message' : "the message is not 'success'");
  }
  return {
    queued: message === 'queued',
    errors: errors(body),
    counts: {
      attributes: body.attributes_processed,
      events: body.events_processed,
      purchases: body.purchases_processed,
    },
  };
}

function fatal(response: Response, body: Json, text: string | undefined, now: number): Stop {
  const { status } = response;
  const [kind, words, hint = ''] = meaning(status, text ?? '');
  let retryAfterMs;
  if (kind === 'rate-limited') {
    retryAfterMs = wait(response, now, ['x-ratelimit-retry-after', 'retry-after', 'x-ratelimit-reset']);
  } else if (kind === 'unavailable') {
    retryAfterMs = wait(response, now, ['retry-after']);
  }
  return {
    kind,
    message: `${words}: HTTP ${status}${hint}`,
    retryAfterMs,
    status,
    // That of a 401 may repeat the key.
    text: status === 401 || status === 403 ? undefined : text,
    errors: status === 400 && isObject(body) ? errors(body) : [],
    allRefused: status === 400 && (text ?? '').startsWith('Valid data must be provided'),
  };
}

function meaning(status: number, text: string): Meaning {
  switch (status) {
    case 400:
      if (text.startsWith('Valid data must be provided')) {
        return ['rejected', 'Braze refused every object of the request'];
      }
      return text.startsWith('Max Input Length Exceeded')
        ? ['rejected', 'Braze refused the request as too long', '. Lower max_objects']
        : ['rejected', 'Braze refused the request'];
    case 401: {
      const hint = ". Either the secret braze_api_key is wrong, or braze_url is another instance's";
      return ['unauthorized', 'Braze does not accept the key', hint];
    }
    case 403: {
      const hint = '. Either the key lacks the permission users.track, or the account is inactive';
      return ['unauthorized', 'Braze forbids the request', hint];
    }
    case 404:
      return ['rejected', 'Braze knows no such endpoint', '. Check braze_url and braze_user_track'];
    case 413:
      return ['rejected', 'Braze refused the request as too large', '. Lower max_bytes'];
    case 429:
      return ['rate-limited', 'Braze asks to slow down'];
    case 504:
      return ['unknown', "Braze's gateway got no answer in time, but the request may have been taken"];
    default:
  }
  if (status >= 400 && status < 500) {
    return ['rejected', 'Braze refused the request'];
  }
  return status >= 500 && status < 600
    ? ['unavailable', 'Braze is not available']
    : ['protocol', 'Braze answered outside its contract'];
}

/** Milliseconds, from the first of these headers that says how long. One second at least. */
function wait(response: Response, now: number, names: string[]): number | undefined {
  for (const name of names) {
    const value = response.header(name)?.trim() ?? '';
    let seconds = /^\d+$/.test(value) ? Number(value) : NaN;
    if (name === 'x-ratelimit-reset' && seconds >= LEAST_EPOCH) {
      seconds -= now;
    } else if (name === 'retry-after' && / GMT$/.test(value)) {
      seconds = Date.parse(value) / 1000 - now;
    }
    if (seconds <= MOST_WAIT) {
      return Math.max(seconds, 1) * 1000;
    }
  }
  return undefined;
}

function errors(body: Fields): ItemError[] {
  const entries = body.errors ?? [];
  return (Array.isArray(entries) ? entries : [entries]).map(item);
}

function item(entry: Json): ItemError {
  const members = isObject(entry) ? entry : {};
  const { input_array: name, index } = members;
  const reason = typeof entry === 'string' ? entry : members.type;
  return {
    array: ARRAYS.find((array) => array === name),
    index: typeof index === 'number' && Number.isInteger(index) && index >= 0 ? index : undefined,
    reason: typeof reason === 'string' ? bounded(reason) : 'Braze gives no reason',
  };
}

function bounded(text: string): string {
  const characters = [...text];
  return characters.length <= MOST_TEXT ? text : `${characters.slice(0, MOST_TEXT).join('')}...`;
}
