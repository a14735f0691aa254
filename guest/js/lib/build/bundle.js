// One file of all that a node imports, TypeScript included.

import { stat } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runs } from './lines.js';
import { Mistake } from './mistake.js';
import { load } from './toolchain.js';

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));

/** What to use instead of a module of Node.js. */
const INSTEAD = {
  http: "use http of 'hospes-node'",
  https: "use http of 'hospes-node'",
  crypto: 'use crypto.randomUUID() or crypto.getRandomValues(), or a package in plain JavaScript',
  fs: 'a node has no files: import data as a .json file',
  process: 'a node has no environment variables: use params and secrets',
  url: 'use the global URL',
  util: 'use the global TextEncoder and TextDecoder',
  buffer: 'use Uint8Array',
  timers: 'use the global setTimeout',
};

/** Resolves the SDK to this copy of it, and refuses what a component doesn't have. */
const resolver = {
  name: 'hospes',
  setup(build) {
    build.onResolve({ filter: /^hospes-node(\/|$)/ }, ({ path }) =>
      path === 'hospes-node'
        ? { path: join(PACKAGE, 'index.js'), sideEffects: false }
        : { errors: [{ text: `'${path}' is for tests, and not for nodes; import 'hospes-node'` }] },
    );
    build.onResolve({ filter: /^(hospes|wasi):/ }, ({ path }) => ({ path, external: true }));
    build.onResolve({ filter: /^(node:)?[a-z_]+(\/[a-z_]+)*$/ }, ({ path, kind }) => {
      const name = path.replace(/^node:/, '');
      if (kind === 'entry-point' || (name === path && !builtinModules.includes(name))) {
        return undefined;
      }
      const instead = INSTEAD[name.split('/')[0]] ?? 'leave it out, or use a package in plain JavaScript';
      return { errors: [{ text: `'${path}' of Node.js does not exist in a component; ${instead}` }] };
    });
  },
};

/** The folder whose package the file belongs to: paths in messages start there. */
async function root(file) {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    if (await stat(join(folder, 'package.json')).catch(() => undefined)) {
      return folder;
    }
    if (folder === dirname(folder)) {
      return dirname(file);
    }
  }
}

function mistake(source, error) {
  const lines = error.errors.map(({ text, location }) => {
    if (location?.file === '<stdin>') {
      return text.startsWith('No matching export')
        ? `${source}:1: there is no default export; write: export default node({ ... }, execute)`
        : `${source}:1: ${text}`;
    }
    return location ? `${location.file}:${location.line}: ${text}` : text;
  });
  return new Mistake(lines.join('\n'));
}

/** Runs esbuild over a node. The files in `inject` are part of the bundle, whether it uses them or not. */
async function run(source, file, folder, engine, inject) {
  const esbuild = await load('esbuild');
  return esbuild
    .build({
      absWorkingDir: folder,
      bundle: true,
      charset: 'utf8',
      conditions: ['browser', 'module'],
      format: 'esm',
      inject,
      legalComments: 'none',
      logLevel: 'silent',
      mainFields: ['browser', 'module', 'main'],
      outfile: join(folder, 'node.js'),
      platform: 'neutral',
      plugins: [resolver],
      sourcemap: 'external',
      stdin: {
        contents: [
          `import { component } from ${JSON.stringify(join(PACKAGE, engine.entry))};`,
          `import node from ${JSON.stringify(file)};`,
          `export const { ${engine.exports.join(', ')} } = component(node);`,
        ].join('\n'),
        resolveDir: folder,
      },
      target: 'es2022',
      write: false,
    })
    .then(({ outputFiles }) => ({
      code: outputFiles.find(({ path }) => path.endsWith('.js')).text,
      map: JSON.parse(outputFiles.find(({ path }) => path.endsWith('.map')).text),
    }))
    .catch((error) => {
      throw error.errors ? mistake(source, error) : error;
    });
}

/** Bundles a node for an engine. */
export async function bundle(source, engine) {
  const file = resolve(source);
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) {
    throw new Mistake(`${source}: there is no such file; name the file with: export default node({ ... }, execute)`);
  }
  const folder = await root(file);
  let { code, map } = await run(source, file, folder, engine, []);
  if (engine.url && /\bURL(SearchParams)?\b/.test(code)) {
    ({ code, map } = await run(source, file, folder, engine, [join(PACKAGE, engine.url)]));
  }
  const sources = runs(map, (path) => {
    const absolute = resolve(folder, path);
    const own = absolute.startsWith(PACKAGE) || path.includes('<stdin>') || path.includes('node_modules/');
    return own ? undefined : relative(folder, absolute);
  });
  const text = `${code}globalThis.__hospes_sources = ${JSON.stringify(sources)};\n`;
  return { text, sources, source, usesFetch: /\bfetch\b/.test(code) };
}
