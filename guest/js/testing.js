// What a test imports: `import { Host } from 'hospes-node/testing'`.

export { checkCase } from './lib/testing/golden.js';
export { Host } from './lib/testing/host.js';
