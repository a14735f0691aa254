// The Braze node of the examples, natively: the cases of guest/nodes/braze-track/golden.

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as esbuild from 'esbuild';

const folder = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Where the cases are: beside this package, or where the variable says if the package is a copy. */
const GOLDEN = process.env.BRAZE_TRACK_GOLDEN ?? folder('../../nodes/braze-track/golden/');

/** The node and the scripted host in one file: this version of Node.js may not read TypeScript. */
async function load() {
  const built = await esbuild.build({
    alias: { 'hospes-node': folder('..') },
    bundle: true,
    format: 'esm',
    platform: 'node',
    stdin: {
      contents:
        "export { default as node } from './examples/braze-track/node.ts'; export { checkCase } from './testing.js';",
      resolveDir: folder('..'),
    },
    write: false,
  });
  const temporary = await mkdtemp(join(tmpdir(), 'braze-track-'));
  try {
    await writeFile(join(temporary, 'node.mjs'), built.outputFiles[0].contents);
    return await import(pathToFileURL(join(temporary, 'node.mjs')).href);
  } finally {
    await rm(temporary, { recursive: true });
  }
}

const { node, checkCase } = await load();
const params = { braze_url: 'https://rest.iad-01.braze.com' };

for (const name of await readdir(GOLDEN)) {
  if (name.endsWith('.json')) {
    const golden = JSON.parse(await readFile(join(GOLDEN, name), 'utf8'));
    test(`${name}: ${golden.name}`, () => checkCase(node, golden, { params, secrets: ['braze_api_key'] }));
  }
}
