// The command line of the build.

import { rename, rm, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { bundle } from './bundle.js';
import { ENGINES } from './engines.js';
import { Mistake } from './mistake.js';

const USAGE = 'hospes-node build SOURCE --output FILE [--engine starlingmonkey|quickjs]';

function read(args) {
  let parsed;
  try {
    parsed = parseArgs({
      args,
      allowPositionals: true,
      options: { output: { type: 'string' }, engine: { type: 'string', default: 'starlingmonkey' } },
    });
  } catch (error) {
    throw new Mistake(`${error.message}\nusage: ${USAGE}`);
  }
  const { positionals, values } = parsed;
  if (positionals[0] !== 'build' || positionals.length !== 2 || values.output === undefined) {
    throw new Mistake(`usage: ${USAGE}`);
  }
  const engine = ENGINES[values.engine];
  if (engine === undefined) {
    throw new Mistake(`the engine '${values.engine}' is unknown: use ${Object.keys(ENGINES).join(' or ')}`);
  }
  return { source: positionals[1], output: values.output, engine };
}

/** Writes a file whole, or not at all. */
async function write(path, content) {
  const part = `${path}.${process.pid}.part`;
  try {
    await writeFile(part, content);
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw new Mistake(`${path} can't be written: ${error.message}`);
  }
}

/** Runs the command and returns its exit code. */
export async function main(args) {
  try {
    const { source, output, engine } = read(args);
    console.error(`bundling ${source}`);
    const bundled = await bundle(source, engine);
    console.error(`making the component with ${engine.name}`);
    await write(output, await engine.componentize(bundled));
    console.log(JSON.stringify({ component: output, world: engine.world }));
    return 0;
  } catch (error) {
    if (!(error instanceof Mistake)) {
      throw error;
    }
    console.error(error.message);
    return 2;
  }
}
