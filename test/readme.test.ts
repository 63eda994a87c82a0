// The README, held to its word: its examples print what it says, its error table is whole, its figures
// are those of the build.

import { spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const root = new URL('..', import.meta.url)
const readme = readFileSync(new URL('README.md', root), 'utf8')

/** Each example with the indented output that follows it. */
const examples = [...readme.matchAll(/^```js\n([\s\S]*?)^```\n\n((?: {4}.*\n)+)/gm)].map(
  ([, code = '', output = '']) => ({ code, output: output.replace(/^ {4}/gm, '') }),
)

test('the examples print what they are said to', () => {
  const offline = examples.filter(({ code }) => !code.includes('openLinkMonitor()'))
  assert.is(offline.length, 4)
  for (const { code, output } of offline) {
    const args = ['--input-type=module', '-e', code]
    const ran = spawnSync(process.execPath, args, {
      cwd: root,
      encoding: 'utf8',
      timeout: 60_000,
      // As in a pipe, whatever the runner of the tests wants for itself.
      env: { ...process.env, FORCE_COLOR: '0' },
    })
    assert.is(ran.stdout, output, ran.stderr)
  }
})

test('every error code has a row in the table', () => {
  const source = readFileSync(new URL('src/base/errors.ts', root), 'utf8')
  const codes = [...source.matchAll(/^ {2}\| '(ERR_NETLINK_\w+)'/gm)].map(([, code]) => code)
  const rows = [...readme.matchAll(/^\| (ERR_NETLINK_\w+) \|/gm)].map(([, code]) => code)
  assert.ok(codes.length > 10)
  assert.equal(rows, codes)
})

test('the size named is the size built', () => {
  const { size } = statSync(new URL('build/netlink.wasm', root))
  assert.ok(readme.includes(`the ${(size / 1000).toFixed(1)} KB module`), `${size} bytes`)
})

test.run()
