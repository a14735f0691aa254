// Compiles fetch.js to a component: `node build.js WIT_FOLDER`.

import { readFile, writeFile } from 'node:fs/promises';
import { componentize } from '@bytecodealliance/componentize-js';

const { component } = await componentize(await readFile('fetch.js', 'utf8'), {
  witPath: process.argv[2],
  worldName: 'node',
  // It listens to nobody.
  disableFeatures: ['fetch-event'],
});
await writeFile('fetch.wasm', component);
