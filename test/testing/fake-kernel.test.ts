// The fake kernel itself, byte by byte: that it answers, tells, drops and fails as a real one does.

import {
  decodeMessages,
  type LinkRecord,
  type NetlinkError,
  type NetlinkMessage,
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLM_F_MULTI,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_ERROR,
  OPER_DORMANT,
  OPER_DOWN,
  OPER_LOWERLAYERDOWN,
  OPER_UNKNOWN,
  OPER_UP,
  openLinkMonitor,
  RTM_DELLINK,
  RTM_GETLINK,
  RTM_NEWLINK,
} from 'netlink-wasm'
import { type FakeKernel, type FakeLinkFields, fakeKernel, message } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { HOST_BYTE_ORDER } from '../../src/base/byte-order.ts'
import { rejection, thrown } from '../support/errors.ts'

const RTM_GETADDR = 22

const request = (seq: number, flags = NLM_F_DUMP) =>
  message({ type: RTM_GETLINK, flags: NLM_F_REQUEST | flags, seq }, new Uint8Array(16))

async function next(kernel: FakeKernel): Promise<NetlinkMessage[]> {
  return decodeMessages((await kernel.recv({ timeout: 60_000 })) ?? new Uint8Array(0))
}

async function all(kernel: FakeKernel): Promise<NetlinkMessage[][]> {
  const datagrams: NetlinkMessage[][] = []
  while (!kernel.isEmpty) datagrams.push(await next(kernel))
  return datagrams
}

const linkOf = (message: NetlinkMessage | undefined): LinkRecord => {
  if (message?.kind !== 'link') throw new Error(`expected a link, got ${message?.kind}`)
  return message.link
}

test('a dump: several links in a datagram, the requester’s seq and port id, NLMSG_DONE', async () => {
  const kernel = fakeKernel({ links: [{}, {}, {}, {}, {}], portId: 7, linksPerDatagram: 2 })
  kernel.send(request(99))
  const datagrams = await all(kernel)
  assert.equal(
    datagrams.map(({ length }) => length),
    [2, 2, 2],
  )
  for (const { header } of datagrams.flat()) {
    assert.equal([header?.seq, header?.pid, header?.flags], [99, 7, NLM_F_MULTI])
  }
  assert.is(datagrams.flat().at(-1)?.header?.type, NLMSG_DONE)
  assert.is(kernel.dumps, 1)
})

test('a link is told whole: what is decoded is what was given', async () => {
  const kernel = fakeKernel({ links: [{ ifindex: 4, ifname: 'br0', kind: 'bridge' }] })
  const ifindex = kernel.add({
    ifname: 'wan0',
    altnames: ['wan', 'uplink'],
    address: '02:00:00:00:00:aa',
    permAddress: '02:00:00:00:00:bb',
    kind: 'veth',
    master: 4,
    link: 5,
    linkNetnsid: 0,
    group: 3,
  })
  const [event] = await next(kernel)
  const { newIfindex: _, ...told } = linkOf(event)
  const { newIfindex: __, ...kept } = kernel.links.get(ifindex) as LinkRecord
  assert.equal(told, kept)
  assert.equal([event?.header?.seq, event?.header?.pid], [0, 0])
  assert.equal(told.address, Uint8Array.of(2, 0, 0, 0, 0, 0xaa))
})

test('changes send their events; a carrier that is so already sends none', async () => {
  const kernel = fakeKernel({ links: [{}] })
  kernel.rename(1, 'a')
  kernel.setCarrier(1, true)
  kernel.setCarrier(1, false)
  kernel.change(1, { mtu: undefined })
  kernel.tellPort(1, RTM_DELLINK)
  kernel.remove(1)
  const messages = (await all(kernel)).flat()
  const types = messages.map(({ header }) => header?.type)
  assert.equal(types, [RTM_NEWLINK, RTM_NEWLINK, RTM_NEWLINK, RTM_DELLINK, RTM_DELLINK])
  const [renamed, lost, unset, port, gone] = messages.map(linkOf)
  assert.equal([renamed?.ifname, renamed?.operstate], ['a', 6])
  assert.equal([lost?.operstate, lost?.carrier, lost?.carrierDownCount], [2, 0, 1])
  assert.equal([unset?.mtu, port?.family, gone?.family], [undefined, 7, 0])
  assert.instance(
    thrown(() => kernel.remove(1)),
    RangeError,
  )
  kernel.add({ ifindex: 9 })
  assert.instance(
    thrown(() => kernel.add({ ifindex: 9 })),
    RangeError,
  )
  assert.is(kernel.add(), 10, 'the next free ifindex')
})

test('an overrun: ENOBUFS once and first, silence until the queue is empty', async () => {
  const kernel = fakeKernel()
  kernel.add({ ifname: 'queued' })
  kernel.inject.overrun()
  kernel.add({ ifname: 'dropped0' })
  kernel.add({ ifname: 'dropped1' })
  const error = (await rejection(kernel.recv())) as NetlinkError
  assert.equal([error.code, error.errno], ['ERR_NETLINK_SOCKET', -105])
  kernel.add({ ifname: 'dropped2' })
  assert.is(linkOf((await next(kernel))[0]).ifname, 'queued')
  assert.is(kernel.isEmpty, true)
  kernel.add({ ifname: 'heard' })
  assert.is(linkOf((await next(kernel))[0]).ifname, 'heard')
  assert.is(kernel.links.size, 5)
})

test('a request for one link: the link, or ENODEV', async () => {
  const kernel = fakeKernel({ links: [{ ifname: 'a' }, { ifname: 'b' }] })
  for (const ifindex of [2, 3]) {
    const asked = request(ifindex, 0)
    new DataView(asked.buffer).setInt32(20, ifindex, HOST_BYTE_ORDER === 'little')
    kernel.send(asked)
  }
  const [found, refused] = (await all(kernel)).flat()
  assert.is(found?.kind === 'link' && found.link.ifname, 'b')
  assert.equal([found?.header?.seq, found?.header?.pid], [2, kernel.portId])
  assert.is(refused?.kind === 'control' && refused.errno, -19)
  assert.equal([kernel.asked, kernel.dumps], [2, 0])
})

test('dumps that are interrupted, busy, refused, and requests that are none', async () => {
  const kernel = fakeKernel({ links: [{}] })
  kernel.inject.interruptDumps()
  kernel.inject.busyDumps()
  kernel.inject.refuseDumps(-13)
  for (let seq = 1; seq <= 4; seq++) kernel.send(request(seq))
  kernel.send(message({ type: RTM_GETADDR, flags: NLM_F_REQUEST, seq: 5 }, new Uint8Array(8)))
  const datagrams = await all(kernel)
  const flags = datagrams[0]?.map(({ header }) => header?.flags)
  assert.equal(flags, [NLM_F_MULTI | NLM_F_DUMP_INTR, NLM_F_MULTI | NLM_F_DUMP_INTR])
  const errnos = datagrams.flat().flatMap((each) => {
    if (each.kind !== 'control' || each.header.type !== NLMSG_ERROR) return []
    return [[each.header.seq, each.errno]]
  })
  assert.equal(errnos, [
    [2, -16],
    [3, -13],
    [5, -95],
  ])
})

test('recv waits, times out, is aborted and ends', async () => {
  const kernel = fakeKernel()
  assert.is(await kernel.recv({ timeout: 5 }), null)
  const controller = new AbortController()
  const aborted = rejection(kernel.recv({ signal: controller.signal }))
  controller.abort(new Error('mine'))
  assert.is((await aborted).message, 'mine')
  const later = next(kernel)
  kernel.add()
  assert.is(linkOf((await later)[0]).ifindex, 1)
  kernel.inject.failRecv(-4, 2)
  for (let i = 0; i < 2; i++)
    assert.is(((await rejection(kernel.recv())) as NetlinkError).errno, -4)
  kernel.end()
  assert.is(await kernel.recv(), null)
})

const TYPE = 'ERR_INVALID_ARG_TYPE'
const RANGE = 'ERR_OUT_OF_RANGE'
const NAME = "expected ifname without '/', ':', '%' or space, got"

/** Fields that are refused of a new link and of a changed one, beside link 1, which is "eth0" and "wan". */
const REFUSED: [fields: Record<string, unknown>, code: string, message: string][] = [
  [{ ifName: 'x' }, TYPE, 'expected a field of a link, got "ifName": did you mean "ifname"?'],
  [{ '': 0 }, TYPE, 'expected a field of a link, got ""'],
  [{ mtu: '1500' }, TYPE, "expected mtu to be a number, got '1500'"],
  [{ mtu: -1 }, RANGE, 'expected mtu to be an integer from 0 to 2147483647, got -1'],
  [{ mtu: 2 ** 31 }, RANGE, 'expected mtu to be an integer from 0 to 2147483647, got 2147483648'],
  [{ mtu: 1.5 }, RANGE, 'expected mtu to be an integer from 0 to 2147483647, got 1.5'],
  [{ flags: -1 }, RANGE, 'expected flags to be an integer from 0 to 4294967295, got -1'],
  [{ operstate: 7 }, RANGE, 'expected operstate to be an integer from 0 to 6, got 7'],
  [{ ifindex: 0 }, RANGE, 'expected ifindex to be an integer from 1 to 2147483647, got 0'],
  [{ ifname: 5 }, TYPE, 'expected ifname to be a string, got 5'],
  [{ ifname: '' }, RANGE, "expected ifname to have 1 to 15 bytes, got '' of 0 bytes"],
  [
    { ifname: 'abcdefghijklmnop' },
    RANGE,
    "expected ifname to have 1 to 15 bytes, got 'abcdefghijklmnop' of 16 bytes",
  ],
  [
    { ifname: 'éééééééé' },
    RANGE,
    "expected ifname to have 1 to 15 bytes, got 'éééééééé' of 16 bytes",
  ],
  ...['a b', 'a\tb', 'a\u00a0b', 'a/b', 'a:b', '.', '..', 'eth%d'].map(
    (ifname): (typeof REFUSED)[number] => [{ ifname }, RANGE, `${NAME} '${ifname}'`],
  ),
  [{ ifnameBytes: new Uint8Array(16) }, RANGE, 'expected ifname to have 1 to 15 bytes, got'],
  [{ ifname: 'eth0' }, RANGE, "expected a name that no link has, got 'eth0'"],
  [{ ifname: 'wan' }, RANGE, "expected a name that no link has, got 'wan'"],
  [{ altnames: ['eth0'] }, RANGE, "expected a name that no link has, got 'eth0'"],
  [{ altnames: ['a', 'a'] }, RANGE, "expected a name that no link has, got 'a'"],
  [{ altnames: 'a' }, TYPE, "expected altnames to be a list of names, got 'a'"],
  [{ altnames: ['a'.repeat(128)] }, RANGE, 'expected an altname of at most 127 bytes, got 128'],
  [
    { address: '02:00:0' },
    TYPE,
    "expected address to be a Uint8Array, or text such as '02:00:00:00:00:01', got '02:00:0'",
  ],
  [{ address: new Uint8Array(33) }, RANGE, 'expected address to have at most 32 bytes, got 33'],
  [{ master: 77 }, RANGE, 'expected master to be the ifindex of another link, got 77'],
  [
    { flags: 0x11043, operstate: OPER_DOWN },
    RANGE,
    'expected operstate to be UP or UNKNOWN with flags 0x11043, got DOWN',
  ],
  [
    { flags: 0x1003, operstate: OPER_UP },
    RANGE,
    'expected operstate to be neither UP nor UNKNOWN with flags 0x1003, got UP',
  ],
  [
    { flags: 0x1002, operstate: OPER_UP },
    RANGE,
    'expected operstate to be DOWN with flags 0x1002, got UP',
  ],
  [{ flags: 0x11043, carrier: 0 }, RANGE, 'expected carrier to be 1 with flags 0x11043, got 0'],
  [{ flags: 0x11042 }, RANGE, 'expected flags without IFF_UP to lack IFF_RUNNING, IFF_LOWER_UP'],
]

for (const [given, code, message] of REFUSED) {
  const fields = given as FakeLinkFields
  test(`${JSON.stringify(given)}: ${message}`, async () => {
    const kernel = fakeKernel({ links: [{ ifname: 'eth0', altnames: ['wan'] }, { ifname: 'b' }] })
    const before = structuredClone([...kernel.links])
    for (const refused of [
      () => kernel.add(fields),
      () => kernel.change(2, fields),
      () => fakeKernel({ links: [...kernel.links.values(), fields] }),
    ]) {
      const error = thrown(refused) as NodeJS.ErrnoException
      assert.is(error.message.slice(0, message.length), message)
      assert.is(error.code, code)
    }
    assert.equal([...kernel.links], before)
    assert.is(kernel.isEmpty, true, 'it sent nothing')
  })
}

test('names become free with their link, and a link may keep its own', async () => {
  const kernel = fakeKernel({ links: [{ ifname: 'eth0', altnames: ['wan'] }] })
  kernel.rename(1, 'eth0')
  kernel.change(1, { altnames: ['wan', 'lan'] })
  kernel.rename(1, 'first')
  assert.is(kernel.add({ ifname: 'eth0' }), 2)
  kernel.change(1, { altnames: undefined })
  kernel.rename(2, 'wan')
  kernel.remove(1)
  kernel.add({ ifname: 'first', altnames: ['lan'] })
  kernel.add({ ifname: 'eth5' })
  assert.is(kernel.links.get(kernel.add())?.ifname, 'eth6', 'the next free name')
  assert.equal(kernel.links.get(kernel.add({ ifindex: undefined, flags: undefined }))?.ifindex, 6)
})

/** IFF_UP | IFF_BROADCAST | IFF_MULTICAST and the flags that a state adds. */
const up = (more: number) => 0x1003 | more

for (const [given, flags, operstate, carrier] of [
  [{ operstate: OPER_UP }, up(0x10040), OPER_UP, 1],
  [{ operstate: OPER_UNKNOWN }, up(0x10040), OPER_UNKNOWN, 1],
  [{ operstate: OPER_DOWN }, up(0), OPER_DOWN, 0],
  [{ operstate: OPER_LOWERLAYERDOWN }, up(0), OPER_LOWERLAYERDOWN, 0],
  [{ operstate: OPER_DORMANT }, up(0x30000), OPER_DORMANT, 1],
  [{ operstate: OPER_DOWN, carrier: 1 }, up(0x10000), OPER_DOWN, 1],
  [{ carrier: 0 }, up(0), OPER_DOWN, 0],
  [{ flags: 0x1002 }, 0x1002, OPER_DOWN, 1],
  [{ flags: 0x1002, carrier: 0 }, 0x1002, OPER_DOWN, 0],
  [{ flags: up(0) }, up(0), OPER_DOWN, 0],
  [{ flags: up(0x10040) }, up(0x10040), OPER_UP, 1],
  [{ flags: up(0), operstate: OPER_LOWERLAYERDOWN }, up(0), OPER_LOWERLAYERDOWN, 0],
] as const) {
  test(`flags, operstate and carrier follow from ${JSON.stringify(given)}`, () => {
    const kernel = fakeKernel({ links: [given, {}] })
    kernel.change(2, given)
    for (const link of kernel.links.values()) {
      assert.equal([link.flags, link.operstate, link.carrier], [flags, operstate, carrier])
    }
  })
}

test('a cable that is plugged into a link that is not up does not change its operstate', () => {
  const kernel = fakeKernel({ links: [{ flags: 0x1002, carrier: 0 }] })
  kernel.setCarrier(1, true)
  const { flags, operstate, carrier } = kernel.links.get(1) as LinkRecord
  assert.equal([flags, operstate, carrier], [0x1002, OPER_DOWN, 1])
})

test('a link keeps its ifindex, and datagrams hold one link or more', () => {
  const kernel = fakeKernel({ links: [{}] })
  assert.is(
    thrown(() => kernel.change(1, { ifindex: 2 })).message,
    'expected ifindex to stay 1, got 2',
  )
  assert.is(
    thrown(() => fakeKernel({ linksPerDatagram: 0 })).message,
    'expected linksPerDatagram to be 1 or more, got 0',
  )
})

test('a monitor that watches one link sees no other', async () => {
  const kernel = fakeKernel({ links: [{}, {}, {}] })
  const monitor = await openLinkMonitor({ socket: kernel, filter: { ifindex: 2 }, timeout: 60_000 })
  assert.equal([...monitor.links.keys()], [2])
  const renamed = monitor.waitFor(({ ifname }) => ifname === 'lan0', { timeout: 60_000 })
  kernel.rename(1, 'wan0')
  kernel.add()
  kernel.rename(2, 'lan0')
  await renamed
  assert.equal([...monitor.links.keys()], [2])
  assert.is(monitor.stats.events, 1)
  monitor.close()
})

test.run()
