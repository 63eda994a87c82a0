// Records by iproute2's names where no kernel of ours can show it: labels of MPLS, routes that were looked up, masks.

import {
  decodeMessages,
  type RouteRecord,
  type RuleRecord,
  toAddress,
  toNeighbour,
  toRoute,
  toRule,
} from 'netlink-wasm'
import { newAddress, newNeighbour, newRoute, newRule } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const v4 = (...bytes: number[]) => Uint8Array.from(bytes)

function route(fields: Partial<RouteRecord>) {
  const [message] = decodeMessages(newRoute({ family: 2, type: 1, headerTable: 254, ...fields }))
  assert.ok(message?.kind === 'route')
  return toRoute(message.route)
}

function rule(fields: Partial<RuleRecord>) {
  const [message] = decodeMessages(newRule({ family: 2, action: 1, ...fields }))
  assert.ok(message?.kind === 'rule')
  return toRule(message.rule)
}

test('labels of MPLS: a route of them, and a route that puts them in front of packets', () => {
  const labels = route({
    family: 28,
    dstLength: 20,
    dst: v4(0, 6, 0x41, 0),
    newDst: v4(0, 12, 0x80, 0, 0, 0x12, 0xc1, 0),
    via: v4(2, 0, 192, 0, 2, 50),
    oif: 3,
  })
  assert.is(labels.family, 'mpls')
  assert.is(labels.dst, '100')
  assert.is(labels.to, '200/300')
  assert.equal(labels.via, { family: 'inet', host: '192.0.2.50' })
  const pushed = route({
    dst: v4(10, 0, 0, 0),
    dstLength: 8,
    encapType: 1,
    encap: [
      { type: 1, payload: v4(0, 1, 0, 0, 0, 1, 0x11, 0) },
      { type: 2, payload: v4(9) },
    ],
  })
  assert.equal(
    [pushed.dst, pushed.encap, pushed.encap_info],
    ['10.0.0.0/8', 'mpls', { dst: '16/17', ttl: 9 }],
  )
})

test('a route that was looked up has the flags of a cache, and no protocol', () => {
  const found = route({ dst: v4(8, 8, 8, 8), dstLength: 32, flags: 0x80000200, uid: 0 })
  assert.equal([found.dst, found.cache, found.uid], ['8.8.8.8', ['local'], 0])
  assert.equal([found.protocol, found.scope], [undefined, undefined])
})

test('a table above 255 is in the attribute, one below in the header', () => {
  assert.equal(
    [route({}).table, route({ headerTable: 252, table: 1000 }).table, route({}).dst],
    ['main', '1000', 'default'],
  )
})

test('masks of a rule are told where they leave something out', () => {
  const ports = { start: 80, end: 80 }
  assert.is(rule({ dportRange: ports, dportMask: 0xffff }).dport_mask, undefined)
  assert.is(rule({ dportRange: ports, dportMask: 0xff00 }).dport_mask, '0xff00')
  assert.equal(rule({ fwmark: 0, fwmask: 0xff }), {
    family: 'inet',
    priority: 0,
    src: 'all',
    fwmark: '0',
    fwmask: '0xff',
  })
})

test('an address is its own peer where no other is named, and flags beyond eight bits count', () => {
  const [message] = decodeMessages(
    newAddress({
      family: 10,
      address: new Uint8Array(16).fill(0xfe),
      headerFlags: 0x80,
      flags: 0x2380,
    }),
  )
  assert.ok(message?.kind === 'address')
  const address = toAddress(message.address)
  assert.is(address.local, Array(8).fill('fefe').join(':'))
  assert.is(address.address, undefined)
  assert.equal(
    [address.mngtmpaddr, address.noprefixroute, address.dynamic, address.ifa_flags],
    [true, true, undefined, '2000'],
  )
})

test('an entry of a forwarding database has the address of its own length', () => {
  const [message] = decodeMessages(
    newNeighbour({ family: 7, ifindex: 4, dst: v4(192, 0, 2, 1), state: 0x82, flags: 0x18 }),
  )
  assert.ok(message?.kind === 'neighbour')
  assert.equal(toNeighbour(message.neighbour), {
    family: 'bridge',
    dst: '192.0.2.1',
    dev: 'if4',
    proxy: null,
    extern_learn: null,
    state: ['REACHABLE', 'PERMANENT'],
  })
})

test.run()
