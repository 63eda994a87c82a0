// What the kernel does not announce, and the monitor therefore asks for: links are what `ip` has without a resync.

import { execFileSync } from 'node:child_process'
import { openLinkMonitor } from 'netlink-wasm'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { agrees } from './compare.ts'
import { afterwards, ip, live, otherNamespace, until, WAIT_MS } from './harness.ts'
import { wholeDifferences } from './whole-links.ts'

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
  await until(
    'the id of the namespace',
    () => monitor.links.find('va')?.link_netnsid !== undefined,
    10_000,
  )
  await agrees('away', () => monitor.links.values())
  const back = ['-t', `${pid}`, '-n', 'ip', 'link', 'set', 'vb', 'netns', `${process.pid}`]
  execFileSync('nsenter', back, { timeout: WAIT_MS })
  await until('the peer to be back', () => monitor.links.find('va')?.link === 'vb', 10_000)
  await agrees('back', () => monitor.links.values())
  assert.is(monitor.stats.dumps, 1)
})

live('a port of a bridge: waitFor() sees that it forwards', async () => {
  const monitor = await opened()
  ip('link add br0 type bridge stp_state 0', 'link add va type veth peer name vb')
  ip('link set va master br0', 'link set br0 up', 'link set va up', 'link set vb up')
  const port = await monitor.waitFor(
    ({ linkinfo }) => linkinfo?.info_slave_data?.state === 'forwarding',
    { timeout: WAIT_MS },
  )
  assert.equal([port.ifname, port.linkinfo?.info_slave_kind], ['va', 'bridge'])
  assert.is(monitor.stats.dumps, 1)
})

live('a tap has the owner and the group that it got after it was announced', async () => {
  const monitor = await opened()
  try {
    ip('tuntap add mode tap name t0 user 54321 group 54322')
  } catch (error) {
    if (!/denied|not permitted|No such/.test((error as Error).message)) throw error
    console.log('skipped: no /dev/net/tun')
    return
  }
  const data = () => monitor.links.find('t0')?.linkinfo?.info_data
  await until('the owner', () => data()?.user === 54321 && data()?.persist === true, 10_000)
  await until('every key', () => wholeDifferences(monitor.links.values()).length === 0, 10_000)
  assert.is(monitor.stats.dumps, 1)
})

live('a port shows its bridge with its new address', async () => {
  const monitor = await opened()
  ip('link add br0 type bridge', 'link add i0 type ifb', 'link set i0 master br0')
  ip('link set br0 up', 'link set i0 up', 'link set br0 address 02:00:00:00:00:77')
  const wanted = '8000.2:0:0:0:0:77'
  const id = () => monitor.links.find('i0')?.linkinfo?.info_slave_data?.bridge_id
  await until('the id', () => id() === wanted, 10_000)
  assert.is(monitor.stats.dumps, 1)
})

live('an event names the details that changed, and no event comes where none did', async () => {
  ip('link add i0 type ifb', 'link set i0 up')
  const monitor = await opened()
  const fields: string[] = []
  void (async () => {
    for await (const event of monitor) if (event.type === 'changed') fields.push(...event.fields)
  })()
  ip('link set i0 alias one')
  await until('the alias', () => monitor.links.find('i0')?.ifalias === 'one', 10_000)
  await until('the event', () => fields.length > 0, 10_000)
  assert.equal(fields, ['ifalias'])
})

test.run()
