// The packages that do the work. npm installs them with this one, in the versions of its package.json.

import { readFile } from 'node:fs/promises';
import { Mistake } from './mistake.js';

/** Imports a package, or says how to get it. */
export async function load(name) {
  try {
    return await import(name);
  } catch (error) {
    const own = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
    const wanted = `${name}@${own.dependencies[name]}`;
    throw new Mistake(`${wanted} can't be used: ${error.message.split('\n')[0]}\nrun: npm install ${wanted}`);
  }
}
