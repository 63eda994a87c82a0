// The README's first example, on the real kernel: a link is attached, and it prints what it is said to.

import { readFileSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { start } from './cli.ts'
import { ip, live } from './harness.ts'

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
const example = /^```js\n([\s\S]*?openLinkMonitor\(\)[\s\S]*?)^```\n\n((?: {4}.*\n)+)/m.exec(readme)

live('the first example reports the link that is attached', async () => {
  const [, code = '', output = ''] = example ?? []
  const agent = start(process.execPath, ['--input-type=module', '-e', code])
  await agent.waiting()
  ip('link add eth1 type ifb')
  const { stdout, stderr } = await agent.ended
  assert.is(stdout, output.replace(/^ {4}/gm, ''), stderr)
})

test.run()
