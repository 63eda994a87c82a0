// Jest, as users run it: tests that are ES modules work on every Node.js. In its CommonJS mode, require() works from Node.js
// 24.9 on, where Jest can load ES modules so; elsewhere Jest's error says what to do. Both take --experimental-vm-modules.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { makeProject, node, type Project, run, tool } from './project.ts'

const test = suite('Jest')
let project: Project

test.before(() => {
  project = makeProject()
})

test.after(() => project.remove())

const isThere = existsSync(tool('jest')) && existsSync(node(20))
if (!isThere && process.env.CI) throw new Error('expected Jest: npm ci in test/bundle')
const jest = isThere ? test : test.skip

const BODY = `
test('a monitor on a fake kernel', async () => {
  const monitor = await openLinkMonitor({ socket: fakeKernel({ links: [{ ifname: 'eth7' }] }) })
  expect(monitor.links.find('eth7').ifindex).toBe(1)
  monitor.close()
})`

/** Runs a test in a folder of its own; throws with what Jest prints unless it passes. */
function runJest(version: 20 | 26, file: string, head: string): void {
  const folder = join(project.folder, `jest-${version}-${file}`)
  mkdirSync(folder)
  writeFileSync(join(folder, file), `${head}${BODY}`)
  const flags = version === 26 || file.endsWith('.mjs') ? ['--experimental-vm-modules'] : []
  const options = ['--rootDir', folder, '--testMatch', `**/${file}`, '--transform', '{}']
  run(node(version), [...flags, tool('jest'), ...options], folder)
}

const names = (how: (names: string, entry: string) => string) =>
  how('{ openLinkMonitor }', 'netlink-wasm') + how('{ fakeKernel }', 'netlink-wasm/testing')
const imports = names((some, entry) => `import ${some} from '${entry}'\n`)
const requires = names((some, entry) => `const ${some} = require('${entry}')\n`)

for (const version of [20, 26] as const) {
  jest(`ES modules, on Node ${version}`, () => runJest(version, 'es.test.mjs', imports))
}

jest('CommonJS, on Node 26', () => runJest(26, 'common.test.cjs', requires))

jest('CommonJS, on Node 20: an error that is true', () => {
  assert.throws(() => runJest(20, 'common.test.cjs', requires), /Must use import to load ES Module/)
})

test.run()
