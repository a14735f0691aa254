// One attributes object: the reserved fields by their rules, anything else as a custom attribute.
//
// Reserved names are lower-case: `firstName` is a custom attribute. Null clears a field.

import type { Json } from 'hospes-node';
import type { Checker } from './checker.ts';
import { checkCustom } from './custom.ts';
import { isObject, isText, length } from './payload.ts';
import type { Fields } from './payload.ts';
import { isAttributeTime, isDate } from './times.ts';

type Test = [expected: string, is: (value: Json) => boolean];

const TEXT: Test = ['a string', (value) => typeof value === 'string'];
const TIME: Test = ['a time in ISO 8601', isAttributeTime];
const FLAG: Test = ['a boolean', (value) => typeof value === 'boolean'];
const OBJECT: Test = ['an object', isObject];

const TESTS = new Map<string, Test>([
  ['first_name', TEXT],
  ['last_name', TEXT],
  ['home_city', TEXT],
  ['country', TEXT],
  ['language', TEXT],
  ['image_url', TEXT],
  ['dob', ['a date as YYYY-MM-DD', isDate]],
  ['gender', ["'M', 'F', 'O', 'N' or 'P'", (value) => ['M', 'F', 'O', 'N', 'P'].includes(String(value))]],
  ['date_of_first_session', TIME],
  ['date_of_last_session', TIME],
  ['marked_email_as_spam_at', TIME],
  ['email_open_tracking_disabled', FLAG],
  ['email_click_tracking_disabled', FLAG],
  ['_merge_objects', FLAG],
  ['push_token_import', FLAG],
  ['facebook', OBJECT],
  ['twitter', OBJECT],
]);

/** By the rules for identifiers, or not at all. */
const JUDGED = ['external_id', 'braze_id', 'user_alias', 'phone', '_update_existing_only', 'time_zone'];

const STATES: (Json | undefined)[] = ['subscribed', 'unsubscribed'];

export function checkAttributes(fields: Fields, size: number, checker: Checker): void {
  for (const [name, value] of Object.entries(fields)) {
    if (name === 'email_subscription_info') {
      checker.faultAt(name, 'INVALID_ATTRIBUTE_EMAIL_SUBSCRIPTION_INFO');
    } else if (value !== null && !JUDGED.includes(name)) {
      field(name, value, size, checker);
    }
  }
  pushTokenImport(fields, checker);
}

function field(name: string, value: Json, size: number, checker: Checker): void {
  const test = TESTS.get(name);
  if (test !== undefined) {
    if (!test[1](value)) {
      checker.notValid(name, test[0]);
    }
    return;
  }
  switch (name) {
    case 'email':
      if (value === '') {
        checker.faultAt(name, "The value provided for the 'email' field is not a valid email.");
      }
      break;
    case 'email_subscribe':
    case 'push_subscribe':
      if (value !== 'opted_in' && !STATES.includes(value)) {
        checker.faultAt(name, `'${name}' must be 'subscribed', 'unsubscribed', or 'opted_in'`);
      }
      break;
    case 'current_location':
      if (!isLocation(value)) {
        checker.faultAt(name, 'BAD_LOCATION_UPDATE');
      }
      break;
    case 'subscription_groups':
      each(name, value, 'BAD_SUBSCRIPTION_GROUP_ARRAY', checker, subscriptionGroup);
      break;
    case 'push_tokens':
      each(name, value, 'BAD_PUSH_TOKEN_VALUE', checker, pushToken);
      break;
    default:
      checkCustom(name, value, size, checker);
  }
}

function isLocation(value: Json): boolean {
  const within = (at: Json | undefined, most: number) => typeof at === 'number' && Math.abs(at) <= most;
  return isObject(value) && within(value.longitude, 180) && within(value.latitude, 90);
}

function each(
  name: string,
  value: Json,
  noArray: string,
  checker: Checker,
  reasonOf: (item: Json) => string | undefined,
): void {
  if (!Array.isArray(value)) {
    checker.faultAt(name, noArray);
    return;
  }
  checker.within(name, () => {
    for (const [index, item] of value.entries()) {
      const reason = reasonOf(item);
      if (reason !== undefined) {
        checker.faultAt(index, reason);
      }
    }
  });
}

function subscriptionGroup(group: Json): string | undefined {
  if (!isObject(group) || !['boolean', 'undefined'].includes(typeof (group.use_double_opt_in_logic ?? undefined))) {
    return 'BAD_SUBSCRIPTION_GROUP_HASH';
  }
  if (!isText(group.subscription_group_id)) {
    return 'BAD_SUBSCRIPTION_GROUP_ID';
  }
  return STATES.includes(group.subscription_state) ? undefined : 'BAD_SUBSCRIPTION_GROUP_STATE';
}

function pushToken(token: Json): string | undefined {
  if (!isObject(token)) {
    return 'BAD_PUSH_TOKEN_VALUE';
  }
  if (!isText(token.app_id)) {
    return 'BAD_PUSH_TOKEN_APP_ID';
  }
  if (!isText(token.token)) {
    return 'BAD_PUSH_TOKEN_STRING';
  }
  const device = token.device_id ?? null;
  const isDevice = typeof device === 'string' && length(device) >= 8 && length(device) <= 255;
  return device === null || isDevice ? undefined : 'BAD_DEVICE_ID';
}

/** An import brings tokens, and names nobody by `external_id` or `braze_id`. */
function pushTokenImport(fields: Fields, checker: Checker): void {
  const tokens = fields.push_tokens;
  const hasTokens = Array.isArray(tokens) && tokens.length > 0;
  const isNamed = isText(fields.external_id) || isText(fields.braze_id);
  if (fields.push_token_import === true && (!hasTokens || isNamed)) {
    checker.faultAt('push_token_import', 'BAD_PUSH_TOKEN_IMPORT');
  }
}
