// The examples of the documents that need the kernel: a link is attached and gets an address, and each prints what it is said to print.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { examples, isLive } from '../support/documents.ts'
import { cliEnv, start } from './cli.ts'
import { afterwards, ip, live } from './harness.ts'

const EXAMPLE_MS = 60_000

live('the examples that need a kernel print what they are said to print', async () => {
  const all = examples().filter((one) => one.language === 'js' && isLive(one))
  assert.ok(all.length >= 4, `${all.length}`)
  const folder = mkdtempSync(join(tmpdir(), 'netlink-documents-'))
  afterwards(() => rmSync(folder, { recursive: true }))
  // As it is in a new namespace: other tests change it.
  ip('link set lo mtu 65536')
  for (const { path, code, output = '' } of all) {
    ip('link add eth0 type ifb')
    const env = cliEnv({ TMPDIR: folder })
    const agent = start(process.execPath, ['--input-type=module', '-e', code], env, EXAMPLE_MS)
    // One that records ends by itself.
    await agent.waiting().catch((error) => assert.ok(agent.isEnded, error))
    ip('link del eth0', 'link add eth1 type ifb', 'link set eth1 up')
    ip('addr add 192.0.2.7/24 dev eth1', 'route add default via 192.0.2.1')
    const { stdout, stderr } = await agent.ended
    ip('link del eth1')
    assert.is(stdout, output, `${path}: ${stderr}`)
  }
})

test.run()
