// `console`: each line becomes a log record.

import { host } from '../host.js';

function show(value) {
  if (typeof value === 'string') {
    return value;
  }
  if (value instanceof Error) {
    return `${value.name}: ${value.message}`;
  }
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}

const write = (level) => (...values) => {
  for (const line of values.map(show).join(' ').split('\n')) {
    host().log(level, line, []);
  }
};

export const console = Object.freeze({
  trace: write('trace'),
  debug: write('debug'),
  log: write('info'),
  info: write('info'),
  warn: write('warn'),
  error: write('error'),
});
