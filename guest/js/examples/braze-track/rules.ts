// Finds every object that Braze is known to refuse, before anything is sent.
//
// A fault is what Braze answers with an error, or what makes it drop data silently. What it only ignores, cuts or
// stores as a custom attribute is not a fault.

import { checkAttributes } from './attributes.ts';
import { Checker, isLong } from './checker.ts';
import type { Faults } from './checker.ts';
import { checkIdentifier } from './identifier.ts';
import { bytes, isObject } from './payload.ts';
import type { ArrayName, Fields, Form, Item } from './payload.ts';
import { checkProperties } from './properties.ts';
import { isTime } from './times.ts';

type Check = (fields: Fields, size: number, checker: Checker) => void;

function name(fields: Fields, member: string, checker: Checker): void {
  const value = checker.requiredText(fields, member);
  if (value !== undefined && isLong(value)) {
    checker.notValid(member, 'at most 255 characters');
  }
}

function time(fields: Fields, checker: Checker): void {
  const value = checker.requiredText(fields, 'time');
  if (value !== undefined && !isTime(value)) {
    checker.notValid('time', 'a time in ISO 8601');
  }
}

function event(fields: Fields, size: number, checker: Checker): void {
  name(fields, 'name', checker);
  time(fields, checker);
  checker.optionalText(fields, 'app_id');
  checkProperties(fields, ['time', 'event_name'], 100, size, checker);
}

function purchase(fields: Fields, size: number, checker: Checker): void {
  name(fields, 'product_id', checker);
  const currency = checker.requiredText(fields, 'currency');
  if (currency !== undefined && !/^[A-Z]{3}$/.test(currency)) {
    checker.notValid('currency', 'a code of ISO 4217');
  }
  if ((fields.price ?? null) === null) {
    checker.faultAt('price', "'price' is required");
  } else if (typeof fields.price !== 'number') {
    checker.notValid('price', 'a number');
  }
  time(fields, checker);
  const quantity = fields.quantity ?? 1;
  if (typeof quantity !== 'number' || !Number.isInteger(quantity) || quantity < 1 || quantity > 100) {
    checker.faultAt('quantity', "'quantity' is not valid");
  }
  checker.optionalText(fields, 'app_id');
  const reserved = ['time', 'product_id', 'quantity', 'event_name', 'price', 'currency'];
  checkProperties(fields, reserved, 50, size, checker);
}

const CHECKS: Record<ArrayName, Check> = { attributes: checkAttributes, events: event, purchases: purchase };

/** Checks one object, and says whether it can be sent. */
export function check(form: Form, item: Item, faults: Faults): boolean {
  const checker = new Checker(form, item, faults);
  if (isObject(item.value)) {
    checkIdentifier(item.value, checker);
    CHECKS[item.array](item.value, bytes(item.value), checker);
  } else {
    checker.fault('expected an object');
  }
  return checker.fine;
}

/** Notes an object that no request can hold. */
export function noteTooLarge(form: Form, item: Item, faults: Faults): void {
  new Checker(form, item, faults).fault('the object alone is larger than max_bytes allows');
}
