// The fake kernel against the real one: it accepts every link that the kernel reports, and the names that the kernel accepts.

import { type LinkEvent, openLinkMonitor, openNetlink } from 'netlink-wasm'
import { fakeKernel } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { afterwards, ip, live, until, WAIT_MS } from './harness.ts'

const limits = { timeout: WAIT_MS }

live('the fake kernel accepts every link that the kernel reports', async () => {
  const monitor = await openLinkMonitor(limits)
  afterwards(() => monitor.close())
  const events: LinkEvent[] = []
  const reading = (async () => {
    for await (const event of monitor) events.push(event)
  })()
  const operstate = (name: string, state: string) =>
    until(`${name} to be ${state}`, () => monitor.links.find(name)?.operstate === state)
  ip(
    'link set lo up',
    'link add veth0 type veth peer name veth1',
    'link add br0 type bridge',
    'link property add dev veth0 altname second',
    'link set veth0 up',
  )
  await operstate('veth0', 'LOWERLAYERDOWN')
  ip('link set veth1 up', 'link set veth1 master br0', 'link set br0 up')
  await operstate('br0', 'UP')
  ip('link set veth0 down', 'link set veth1 mode dormant', 'link set veth0 up')
  await operstate('veth1', 'DORMANT')
  ip('link del br0', 'link del veth0')
  await until('the links to be gone', () => !monitor.links.find('veth1'))
  monitor.close()
  await reading
  let accepted = 0
  for (const event of events) {
    if (!('record' in event)) continue
    const record = { ...event.record, master: undefined }
    assert.equal(fakeKernel({ links: [record] }).links.get(event.ifindex), record)
    accepted++
  }
  assert.ok(accepted >= 10, `${accepted} links`)
})

live('it accepts the names that the kernel accepts, and no others', async () => {
  const rt = await openNetlink('rt-link')
  afterwards(() => rt.close())
  const kernel = fakeKernel()
  const flags = ['create', 'excl'] as const
  const accepts = {
    real: (body: object) =>
      rt.do('newlink', { ...body, linkinfo: { kind: 'bridge' } }, { flags, ...limits }),
    fake: async (body: { ifname: string }) => void kernel.add(body),
  }
  const names = [
    'br0',
    'br0',
    'abcdefghijklmno',
    'abcdefghijklmnop',
    'ééééééé',
    'éééééééé',
    '',
    '.',
  ]
  names.push('..', '...', 'a b', 'a\tb', 'a\u00a0b', 'à', 'a/b', 'a:b', 'a%s', '-x', '\u0001')
  for (const ifname of names) {
    const outcome = (accept: (typeof accepts)['fake'] | (typeof accepts)['real']) =>
      accept({ ifname }).then(
        () => 'accepted',
        () => 'refused',
      )
    assert.is(await outcome(accepts.fake), await outcome(accepts.real), JSON.stringify(ifname))
  }
})

test.run()
