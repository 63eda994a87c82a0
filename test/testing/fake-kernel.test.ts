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
  RTM_DELLINK,
  RTM_GETLINK,
  RTM_NEWLINK,
} from 'netlink-wasm'
import { type FakeKernel, fakeKernel, message } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { rejection, thrown } from '../support/errors.ts'

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
  const kernel = fakeKernel()
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
  kernel.add({ ifname: 'dropped' })
  kernel.add({ ifname: 'dropped too' })
  const error = (await rejection(kernel.recv())) as NetlinkError
  assert.equal([error.code, error.errno], ['ERR_NETLINK_SOCKET', -105])
  kernel.add({ ifname: 'dropped as well' })
  assert.is(linkOf((await next(kernel))[0]).ifname, 'queued')
  assert.is(kernel.isEmpty, true)
  kernel.add({ ifname: 'heard' })
  assert.is(linkOf((await next(kernel))[0]).ifname, 'heard')
  assert.is(kernel.links.size, 5)
})

test('dumps that are interrupted, busy, refused, and requests that are none', async () => {
  const kernel = fakeKernel({ links: [{}] })
  kernel.inject.interruptDumps()
  kernel.inject.busyDumps()
  kernel.inject.refuseDumps(-13)
  for (let seq = 1; seq <= 4; seq++) kernel.send(request(seq))
  kernel.send(request(5, 0))
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
    // No link has ifindex 0.
    [5, -19],
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

test.run()
