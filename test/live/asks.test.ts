// What the kernel does not announce, and the monitor therefore asks for: links are what `ip` has without a resync.

import { execFileSync } from 'node:child_process'
import { openLinkMonitor } from 'netlink-wasm'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { agrees } from './compare.ts'
import { afterwards, ip, live, otherNamespace, until, WAIT_MS } from './harness.ts'

async function opened() {
  const monitor = await openLinkMonitor({ timeout: WAIT_MS })
  afterwards(() => monitor.close())
  return monitor
}

live('a new pair of veths, both down, have each other as `link`', async () => {
  const monitor = await opened()
  ip('link add va type veth peer name vb')
  await until('vb to have a link', () => monitor.links.find('vb')?.link === 'va', 10_000)
  await agrees('a new pair', () => monitor.links.values())
  assert.is(monitor.stats.dumps, 1)
})

live('a veth whose peer moves to another namespace and back', async () => {
  const monitor = await opened()
  ip('link add va type veth peer name vb')
  const pid = await otherNamespace()
  ip(`link set vb netns ${pid}`)
  await until('the id of the namespace', () => monitor.links.find('va')?.link_netnsid === 0, 10_000)
  await agrees('away', () => monitor.links.values())
  const back = ['-t', `${pid}`, '-n', 'ip', 'link', 'set', 'vb', 'netns', `${process.pid}`]
  execFileSync('nsenter', back, { timeout: WAIT_MS })
  await until('the peer to be back', () => monitor.links.find('va')?.link === 'vb', 10_000)
  await agrees('back', () => monitor.links.values())
  assert.is(monitor.stats.dumps, 1)
})

test.run()
