// What to record: names of groups become sockets and requests, and the kernel is asked for what it alone knows.

import { setTimeout as sleep } from 'node:timers/promises'
import { type OpenEndpoint, recordSources, UnknownGroupError } from 'netlink-wasm'
import { attribute, concat, doneMessage, message } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { rejection } from '../support/errors.ts'
import { FakeSocket } from '../support/fake-socket.ts'

/** CTRL_CMD_NEWFAMILY, as the kernel answers. */
function family(id: number, name: string, groups: [string, number][]): Uint8Array {
  const list = groups.map(([group, number], at) =>
    attribute(at + 1, [attribute(2, number), attribute(1, group)]),
  )
  const body = [attribute(2, name), attribute(1, Uint8Array.of(id, 0)), attribute(7, list)]
  return message({ type: 16, flags: 2, seq: 1 }, Uint8Array.of(1, 2, 0, 0), ...body)
}

/** Opens sockets whose kernel has these families. */
const kernelWith =
  (...families: Uint8Array[]): OpenEndpoint =>
  (...args) => {
    const socket = new FakeSocket(...args)
    socket.send = async () => {
      const answer = concat(families)
      await sleep(0)
      for (const datagram of [answer, doneMessage({ seq: 1 })])
        socket.wake([{ datagram, group: 0 }])
    }
    return socket
  }

const nlctrl = family(16, 'nlctrl', [['notify', 16]])
const ethtool = family(21, 'ethtool', [['monitor', 9]])

const summary = async (groups: string[], dump = false) => {
  const sources = await recordSources({ groups, dump, open: kernelWith(nlctrl, ethtool) })
  return sources.map(({ protocol, groups, requests = [] }) => {
    const types = requests
      .map((request) => request(1))
      .map((bytes) => (bytes[5] ?? 0) * 256 + (bytes[4] ?? 0))
    return [protocol, groups, types]
  })
}

test('groups become sources, one a protocol', async () => {
  assert.equal(await summary(['link', 'ipv4-route', 'nftables/nftables', '0/36']), [
    [0, [1, 7, 36], []],
    [12, [7], []],
  ])
})

test('groups of generic families get their numbers from the kernel, and its list is recorded', async () => {
  assert.equal(await summary(['ethtool/monitor', 'link', 'nlctrl/notify']), [
    [16, [9, 16], [16]],
    [0, [1], []],
  ])
})

test('with dump, requests that go with the groups; links come first', async () => {
  assert.equal(await summary(['ipv4-ifaddr', 'link', 'nfnetlink/conntrack-new'], true), [
    [0, [5, 1], [18, 18, 22]],
    [12, [1], [0x101]],
  ])
  const [[protocol, groups, types] = []] = await summary([], true)
  assert.is(protocol, 0)
  assert.ok((groups as number[]).includes(36))
  for (const type of [18, 22, 26, 30, 34, 38]) assert.ok((types as number[]).includes(type))
  assert.is((types as number[])[0], 18)
})

test('an unknown group is an error that lists the known ones', async () => {
  for (const name of ['nolink', 'nosuch/group', 'ethtool/nosuch', 'xfrm/nosuch']) {
    const error = await rejection(summary(['link', name]))
    assert.instance(error, UnknownGroupError)
    assert.ok(error.message.startsWith(`expected a group, got "${name}"; known are\n`))
    for (const known of ['ipv4-ifaddr', 'xfrm/sa', 'ethtool/monitor']) {
      assert.ok(error.message.split(/\s+/).includes(known), known)
    }
  }
})

test('families whose answer makes no sense are left out', async () => {
  const broken = family(30, 'broken', [['a', 1]])
  broken[20] = 200
  const cut = ethtool.slice()
  cut.set([3, 0], 20)
  const open = kernelWith(broken, cut, nlctrl)
  const [source] = await recordSources({ groups: ['nlctrl/notify'], open })
  assert.equal(source?.groups, [16])
  const error = await rejection(recordSources({ groups: ['broken/a'], open }))
  assert.instance(error, UnknownGroupError)
})

test('a kernel that does not answer: the time or the signal ends it', async () => {
  const open: OpenEndpoint = (...args) => new FakeSocket(...args)
  const groups = ['nlctrl/notify']
  const late = await rejection(recordSources({ groups, open, timeout: 20 }))
  assert.is(late.name, 'TimeoutError')
  const signal = AbortSignal.abort(new Error('enough'))
  assert.is((await rejection(recordSources({ groups, open, signal }))).message, 'enough')
})

test.run()
