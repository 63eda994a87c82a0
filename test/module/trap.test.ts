// A module that has trapped is replaced: that call throws, and the next one gives the right answer, for messages, trees,
// and a socket that still fills the window of the old module.

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const program = fileURLToPath(new URL('../support/trap.ts', import.meta.url))

test('a trap is one error, and the next call has a new module', () => {
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', program], {
    encoding: 'utf8',
    timeout: 300_000,
  })
  assert.is(stderr, '')
  const error = {
    name: 'NetlinkError',
    code: 'ERR_NETLINK_DECODER',
    message:
      'expected the decoder to read any bytes, got RuntimeError: memory access out of bounds',
    cause: 'RuntimeError',
  }
  assert.equal(JSON.parse(stdout), {
    messages: { error, isSame: true, made: 1 },
    states: { error, isSame: true, made: 1 },
    views: { error, isSame: true, made: 1 },
    tree: { error, isSame: true, old: true },
    learned: 'ethtool',
    socket: true,
    monitor: error,
  })
})

test.run()
