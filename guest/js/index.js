// What an author imports: `import { node, Failure } from 'hospes-node'`.

export { Failure, KINDS } from './lib/failure.js';
export { http, HttpError, Response, secret } from './lib/http.js';
export { log } from './lib/log.js';
export { node } from './lib/node.js';
