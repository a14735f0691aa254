// Log records, kept with the execution's outcome.

import { host } from './host.js';

function write(level, message, fields = {}) {
  const texts = Object.entries(fields).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value)),
  ]);
  host().log(level, String(message), texts);
}

export const log = Object.freeze({
  trace: (message, fields) => write('trace', message, fields),
  debug: (message, fields) => write('debug', message, fields),
  info: (message, fields) => write('info', message, fields),
  warn: (message, fields) => write('warn', message, fields),
  error: (message, fields) => write('error', message, fields),
});
