// What a monitor makes quickly, held against the plain form of the same: names found by an index, fields that differ
// found one by one, events handed over as they happen. In: random histories. Out: no difference.

import { type Link, type LinkEvent, type LinkMonitor, OPER_UP, openLinkMonitor } from 'netlink-wasm'
import { attribute, fakeKernel, newLink } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { busyKernel, churn } from '../support/churn.ts'
import { Consumer, isEqual, until } from '../support/monitor.ts'

const IFLA_PROP_LIST = 52
const IFLA_ALT_IFNAME = 53

/** Names come before altnames, and of two links the first. */
function search(all: Link[], name: string): number | undefined {
  const found =
    all.find(({ ifname }) => ifname === name) ?? all.find(({ altnames }) => altnames.includes(name))
  return found?.ifindex
}

/** The first link of an address that is no link's name. */
function searchAddress(all: Link[], wanted: string): number | undefined {
  return all.find(({ address }) => address === wanted)?.ifindex
}

function assertFound(
  links: LinkMonitor['links'],
  names: Set<string>,
  addresses: Set<string>,
): void {
  const all = [...links.values()]
  for (const { ifname, altnames, address } of all) {
    for (const name of [ifname, ...altnames]) names.add(name)
    if (address !== undefined) addresses.add(address)
  }
  for (const name of names) assert.is(links.find(name)?.ifindex, search(all, name), name)
  for (const one of addresses) assert.is(links.find(one)?.ifindex, searchAddress(all, one), one)
}

test('the indexes of names and addresses find what a search finds, after any history', async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const kernel = busyKernel()
    const monitor = await openLinkMonitor({ socket: kernel, timeout: 60_000 })
    const consumer = new Consumer(monitor)
    const names = new Set<string>(['nothing'])
    const addresses = new Set<string>(['02:99:00:00:00:00'])
    for (let part = 0; part < 10; part++) {
      assertFound(monitor.links, names, addresses)
      churn(kernel, seed * 100 + part, 20)
      if (part === 5) kernel.inject.overrun()
      await until(() => isEqual(kernel, monitor, consumer), `part ${part} of ${seed}`)
    }
    assertFound(monitor.links, names, addresses)
    monitor.close()
  }
})

test('of two links with one name the first is found, and the other once that is gone', async () => {
  const kernel = fakeKernel({ links: [{ ifname: 'a' }, { ifname: 'b' }, { ifname: 'c' }] })
  const monitor = await openLinkMonitor({ socket: kernel, timeout: 60_000 })
  const { links } = monitor
  // Lost events can make it seem so; no kernel has two links with one name.
  const named = (ifindex: number, ifname: string, altnames: string[] = []) => {
    const list = altnames.map((name) => attribute(IFLA_ALT_IFNAME, name))
    const attributes = list.length > 0 ? [attribute(IFLA_PROP_LIST, list)] : []
    kernel.push(newLink({ ifindex, ifname, operstate: OPER_UP, attributes }))
  }
  assert.is(links.find('c')?.ifindex, 3)
  const steps: [change: () => void, name: string, expected: number | undefined][] = [
    [() => named(2, 'c'), 'c', 2],
    [() => named(1, 'c'), 'c', 1],
    [() => kernel.remove(2), 'c', 1],
    [() => named(1, 'd'), 'c', 3],
    [() => named(1, 'd', ['c', 'e', 'e']), 'c', 3],
    [() => named(3, 'c', ['e']), 'e', 1],
    [() => named(1, 'd'), 'e', 3],
    [() => kernel.remove(3), 'e', undefined],
    [() => kernel.remove(1), 'c', undefined],
  ]
  for (const [change, name, expected] of steps) {
    const before = monitor.stats.events
    change()
    await until(() => monitor.stats.events > before, 'the event')
    assert.is(links.find(name)?.ifindex, expected, name)
    assert.is(search([...links.values()], name), expected, name)
  }
  monitor.close()
})

function changed(now: Link, before: Link): string[] {
  const keys = Object.keys(now) as (keyof Link)[]
  return keys.filter((key) => JSON.stringify(now[key]) !== JSON.stringify(before[key]))
}

test('an event tells every field that differs, and no other, in the order of the link', async () => {
  const kernel = busyKernel()
  const monitor = await openLinkMonitor({ socket: kernel, timeout: 60_000 })
  const events: LinkEvent[] = []
  void (async () => {
    for await (const event of monitor) events.push(event)
  })()
  for (let seed = 1; seed <= 40; seed++) churn(kernel, seed, 20)
  const fields = {
    linkmode: 1,
    group: 7,
    permAddress: '02:00:00:00:00:77',
    broadcast: '02:00:00:00:00:78',
    kind: 'dummy',
    type: 772,
    operstate: 3,
    link: 0,
    carrierChanges: 77,
    mtu: undefined,
  }
  for (const [name, value] of Object.entries(fields)) kernel.change(kernel.add(), { [name]: value })
  const netns = kernel.add({ link: 3, linkNetnsid: 1 })
  kernel.change(netns, { linkNetnsid: 2 })
  kernel.change(netns, { link: 4 })
  const last = kernel.add({ ifname: 'last' })
  await until(() => events.some((event) => 'ifindex' in event && event.ifindex === last), 'all')
  const told = new Set<string>()
  let wasRenamed = false
  for (const event of events) {
    if (event.type === 'renamed') {
      assert.is.not(event.from, event.to)
      wasRenamed = true
    }
    if (event.type !== 'changed') continue
    const expected = changed(event.link, event.before).filter((key) => !key.startsWith('ifname'))
    assert.equal(event.fields, expected)
    assert.ok(expected.length > 0)
    for (const field of expected) told.add(field)
  }
  assert.ok(wasRenamed)
  const all = Object.keys(monitor.links.get(netns) as Link)
  const names = new Set([...all, 'link', 'ifindex', 'ifname'])
  const untold = [...names].filter((name) => !told.has(name))
  assert.equal(untold.sort(), ['ifindex', 'ifname'])
  monitor.close()
})

test.run()
