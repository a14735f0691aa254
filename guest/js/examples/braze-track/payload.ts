// The two forms of a payload: the body of `users/track` itself, or one user of a conversation.

import type { Json } from 'hospes-node';

export type Fields = { [name: string]: Json };
export type ArrayName = 'attributes' | 'events' | 'purchases';
export type Form = 'body' | 'conversation';

/** In the order in which Braze starts them. */
export const ARRAYS: readonly ArrayName[] = ['attributes', 'events', 'purchases'];

const PRIMARY = ['external_id', 'user_alias', 'braze_id'];

/** What names a user if nothing of `PRIMARY` does. */
const SECONDARY = ['email', 'phone'];

const LIST = { type: ['array', 'null'], items: { type: 'object' } } as const;

export const SCHEMA = {
  type: 'object',
  properties: {
    attributes: LIST,
    events: LIST,
    purchases: LIST,
    user: { description: 'An identifier, reserved fields and custom attributes.', type: 'object' },
    event: { description: 'Of that user, at the current time unless it says another.', type: ['object', 'null'] },
    partner: { type: ['string', 'null'] },
    group_id: {},
  },
} as const;

/** The caller's place for an object. */
export interface Place {
  array: ArrayName | null;
  index: number | null;
}

/** One object to be sent. */
export interface Item {
  array: ArrayName;
  index: number;
  value: Json;
}

/** An object that is not delivered, and why. */
export interface Fault extends Place {
  pointer?: string;
  type: string;
}

export interface Payload {
  form: Form;
  items: Item[];
  partner: string | undefined;
  /** What else the body carries. Braze ignores it. */
  others: Fields;
}

/** A payload whose objects can't be told. */
export class Invalid {
  readonly faults: Fault[];

  constructor(faults: Fault[]) {
    this.faults = faults;
  }
}

export const isObject = (value: Json | undefined): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isText = (value: Json | undefined): value is string => typeof value === 'string' && value !== '';

/** Bytes of a text in UTF-8. */
export const length = (text: string): number => new TextEncoder().encode(text).length;

/** Bytes of a value as it is sent. */
export const bytes = (value: Json): number => length(JSON.stringify(value));

/** A step of a JSON pointer. */
export const token = (name: string | number): string => `/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`;

const place = ({ array, index }: Place): Place => ({ array, index });

const fault = (pointer: string, type: string, of: Place = { array: null, index: null }): Fault => ({
  ...place(of),
  pointer,
  type,
});

/** The objects of a payload. */
export function readPayload(payload: Json): Payload | Invalid {
  if (!isObject(payload)) {
    return new Invalid([fault('', 'the payload is not valid: expected an object')]);
  }
  const has = (names: readonly string[]) => names.some((name) => Object.hasOwn(payload, name));
  const [isBody, isConversation] = [has(ARRAYS), has(['user', 'event'])];
  if (isBody && isConversation) {
    const either = "'attributes', 'events' and 'purchases' or 'user' and 'event'";
    return new Invalid([fault('', `expected either ${either}, not both`)]);
  }
  if (!isBody && !isConversation) {
    return new Invalid([fault('', "expected 'attributes', 'events' or 'purchases', or else 'user' and 'event'")]);
  }
  const faults: Fault[] = [];
  const found = isBody ? body(payload, faults) : conversation(payload, faults);
  const { partner } = payload;
  if (typeof partner === 'string') {
    found.partner = partner;
  } else if (partner !== undefined && partner !== null) {
    faults.push(fault('/partner', "'partner' is not valid: expected a string"));
  }
  if (faults.length === 0 && found.items.length === 0) {
    faults.push(fault('', 'the payload holds no object'));
  }
  return faults.length > 0 ? new Invalid(faults) : found;
}

function body(payload: Fields, faults: Fault[]): Payload {
  const items: Item[] = [];
  for (const array of ARRAYS) {
    const list = payload[array] ?? [];
    if (Array.isArray(list)) {
      items.push(...list.map((value, index) => ({ array, index, value })));
    } else {
      faults.push(fault(`/${array}`, `'${array}' is not valid: expected an array`));
    }
  }
  if (Object.hasOwn(payload, 'api_key')) {
    faults.push(fault('/api_key', "'api_key' does not belong in a payload: the key is a secret"));
  }
  const known = [...ARRAYS, 'partner', 'api_key'];
  const others = Object.fromEntries(Object.entries(payload).filter(([name]) => !known.includes(name)));
  return { form: 'body', items, partner: undefined, others };
}

function conversation(payload: Fields, faults: Fault[]): Payload {
  const items: Item[] = [];
  const others: Fields = payload.group_id === undefined ? {} : { group_id: payload.group_id };
  const found: Payload = { form: 'conversation', items, partner: undefined, others };
  for (const name of Object.keys(payload)) {
    if (!['user', 'event', 'partner', 'group_id'].includes(name)) {
      faults.push(fault(token(name), `'${name}' does not belong beside 'user' and 'event'`));
    }
  }
  const { user, event = null } = payload;
  if (user === undefined) {
    faults.push(fault('/user', "'user' is required"));
  } else if (!isObject(user)) {
    faults.push(fault('/user', "'user' is not valid: expected an object"));
  } else if (event !== null && !isObject(event)) {
    faults.push(fault('/event', "'event' is not valid: expected an object"));
  } else {
    const rest = Object.keys(user).filter((name) => name !== '_update_existing_only');
    const saysWho = rest.length === 1 && [...PRIMARY, ...SECONDARY].includes(rest[0] ?? '');
    if (event === null || !saysWho) {
      items.push({ array: 'attributes', index: 0, value: user });
    }
    if (event !== null) {
      items.push({ array: 'events', index: 0, value: eventOf(user, event, faults) });
    }
  }
  return found;
}

/** The event with what its user is looked up by, and a time. */
function eventOf(user: Fields, event: Fields, faults: Fault[]): Fields {
  const full: Fields = {};
  for (const name of [...lookup(user), '_update_existing_only']) {
    const value = user[name];
    if (value !== undefined) {
      full[name] = value;
    }
  }
  for (const [name, value] of Object.entries(event)) {
    if ([...PRIMARY, ...SECONDARY, '_update_existing_only'].includes(name)) {
      faults.push(fault(`/event${token(name)}`, `'${name}' belongs in 'user'`, { array: 'events', index: 0 }));
    }
    full[name] = value;
  }
  full.time ??= `${new Date().toISOString().slice(0, 19)}Z`;
  return full;
}

/** An empty text and half an alias name nobody. */
const namesSomebody = (value: Json | undefined): boolean =>
  isObject(value) ? isText(value.alias_name) && isText(value.alias_label) : isText(value);

/** The primary identifiers that name somebody, and the secondary ones. */
export const identifiers = (fields: Fields): [string[], string[]] => [
  PRIMARY.filter((name) => namesSomebody(fields[name])),
  SECONDARY.filter((name) => namesSomebody(fields[name])),
];

/** The identifiers that Braze looks a user up by. */
function lookup(user: Fields): string[] {
  const [primary, secondary] = identifiers(user);
  return primary.length > 0 ? primary : secondary.slice(0, 1);
}
