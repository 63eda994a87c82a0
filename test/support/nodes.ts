// The Node.js versions that the native shim has to hold on: the one that runs the tests, and those of test/bundle.

import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const installed = new URL('../bundle/node_modules/', import.meta.url)

/** By version, as `process.version` has it: the path of each. */
export function nodeVersions(): Map<string, string> {
  const found = new Map([[process.version, process.execPath]])
  for (const name of ['node-20', 'node-22', 'node-24', 'node-26']) {
    const list = new URL(`${name}/package.json`, installed)
    if (!existsSync(list)) {
      if (process.env.CI && process.arch === 'x64')
        throw new Error(`expected ${name} in test/bundle: npm ci there`)
      console.log(`skipped: ${name} is not installed in test/bundle`)
      continue
    }
    const { version } = JSON.parse(readFileSync(list, 'utf8'))
    if (!found.has(`v${version}`)) {
      found.set(`v${version}`, fileURLToPath(new URL(`${name}/bin/node`, installed)))
    }
  }
  return found
}
