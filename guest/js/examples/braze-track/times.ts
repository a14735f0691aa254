// The texts that Braze reads as times.

import type { Json } from 'hospes-node';

const TIME = /^(\d{4})(-?)(\d{2})\2(\d{2})(?:[Tt ](\d.*))?$/;
const CLOCK = /^(\d{2}):?(\d{2})(?::?(\d{2})(?:[.,:]\d{1,9})?)? *(?:[Zz]|[+-](\d{1,2}):?(\d{2})?)?$/;
const AMERICAN = /^(\d{2})\/(\d{2})\/(\d{4})$/;
const SPELLED_OUT = /^[^ ]{3} (\d+) (\d+) ([\d:]+)\.[^ ]+ (\d+)$/;

function exists(year: string, month: string, day: string): boolean {
  const [y, m, d] = [Number(year), Number(month), Number(day)];
  const isLeap = (y % 4 === 0 && y % 100 !== 0) || y % 400 === 0;
  const last = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][m - 1] ?? 0;
  return d >= 1 && d <= last;
}

function isClock(text: string): boolean {
  const found = CLOCK.exec(text);
  // 60 is a leap second.
  const most = [23, 59, 60, 23, 59];
  return found !== null && most.every((bound, at) => Number(found[at + 1] ?? 0) <= bound);
}

/** Whether a value can be the time of an event or a purchase. */
export function isTime(value: Json): boolean {
  const found = typeof value === 'string' ? TIME.exec(value) : null;
  if (found === null) {
    return false;
  }
  const [, year = '', , month = '', day = '', clock] = found;
  return exists(year, month, day) && (clock === undefined || isClock(clock));
}

/** Whether a value can be a time among a user's attributes. */
export function isAttributeTime(value: Json): boolean {
  if (isTime(value) || typeof value !== 'string') {
    return isTime(value);
  }
  const american = AMERICAN.exec(value);
  if (american !== null) {
    const [, month = '', day = '', year = ''] = american;
    return exists(year, month, day);
  }
  const [, month = '', day = '', clock = '', year = ''] = SPELLED_OUT.exec(value) ?? [];
  return exists(year, month, day) && isClock(clock);
}

/** Whether a value is a date as `YYYY-MM-DD`. */
export const isDate = (value: Json): boolean =>
  typeof value === 'string' && value.length === 10 && value.includes('-') && isTime(value);
