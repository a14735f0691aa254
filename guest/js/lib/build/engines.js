// The two engines that a node can have.

import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { refusal } from './refusal.js';
import { load } from './toolchain.js';

const WIT = fileURLToPath(new URL('../../wit', import.meta.url));
const WASI = fileURLToPath(new URL('wasi', import.meta.url));

/** Calls `work` with an empty folder, and removes it afterwards. */
async function inFolder(work) {
  const folder = await mkdtemp(join(tmpdir(), 'hospes-node-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A program that calls Wizer, and lets it see no path of this machine: the image would contain it. */
async function wizerWithoutPaths() {
  const toolchain = createRequire(import.meta.resolve('@bytecodealliance/componentize-js'));
  const { default: wizer } = await import(pathToFileURL(toolchain.resolve('@bytecodealliance/wizer')));
  return `#!${process.execPath}
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
const args = process.argv.slice(2);
const sources = args.find((arg) => arg.startsWith('--dir=')).slice('--dir='.length);
const folder = args.find((arg) => arg.startsWith('--mapdir=/::')).slice('--mapdir=/::'.length);
const { status } = spawnSync(
  ${JSON.stringify(wizer)},
  args.map((arg) => (arg.startsWith('--dir=') ? '--mapdir=/sources::' + sources : arg)),
  {
    input: readFileSync(0, 'utf8').replaceAll(sources, '/sources').replaceAll(folder + '/', '/'),
    stdio: ['pipe', 'inherit', 'inherit'],
  },
);
process.exit(status ?? 1);
`;
}

async function starlingmonkey(bundled) {
  const { componentize } = await load('@bytecodealliance/componentize-js');
  return inFolder(async (folder) => {
    const sourcePath = join(folder, 'node.js');
    await writeFile(sourcePath, bundled.text);
    const wizerBin = join(folder, 'wizer.mjs');
    await writeFile(wizerBin, await wizerWithoutPaths(), { mode: 0o700 });
    try {
      const { component } = await componentize({
        sourcePath,
        witPath: WIT,
        worldName: 'node',
        wizerBin,
        // It listens to nobody, and imports `wasi:http` only for `fetch`.
        disableFeatures: bundled.usesFetch ? ['fetch-event'] : ['fetch-event', 'http'],
      });
      return component;
    } catch (error) {
      throw refusal(bundled, error);
    }
  });
}

async function quickjs(bundled) {
  const { componentize } = (await load('componentize-qjs')).default;
  return inFolder(async (folder) => {
    await cp(WIT, folder, { recursive: true, dereference: true });
    await cp(join(WASI, 'worlds.wit'), join(folder, 'quickjs.wit'));
    for (const name of ['clocks', 'io', 'random']) {
      await mkdir(join(folder, 'deps', name), { recursive: true });
      await cp(join(WASI, `${name}.wit`), join(folder, 'deps', name, `${name}.wit`));
    }
    try {
      const { component } = await componentize({
        witPath: folder,
        world: 'quickjs',
        jsSource: bundled.text,
      });
      return component;
    } catch (error) {
      throw refusal(bundled, error);
    }
  });
}

export const ENGINES = {
  starlingmonkey: {
    name: 'StarlingMonkey',
    world: 'node',
    entry: 'lib/starlingmonkey.js',
    exports: ['action', 'about'],
    url: undefined,
    componentize: starlingmonkey,
  },
  quickjs: {
    name: 'QuickJS',
    world: 'node-async',
    entry: 'lib/quickjs.js',
    exports: ['actionAsync', 'about'],
    url: 'lib/quickjs/url.js',
    componentize: quickjs,
  },
};
