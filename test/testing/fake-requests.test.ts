// A fake kernel that is asked: handlers by family and operation, refusals, dumps, generic families, notifications.

import { families, type NetlinkError, openNetlink } from 'netlink-wasm'
import { type FakeRequest, fakeKernel } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { rejection } from '../support/errors.ts'

const limits = { timeout: 20_000 }

test("a handler answers do and dump, in the schema's names", async () => {
  const kernel = fakeKernel()
  const seen: FakeRequest[] = []
  kernel.on('rt-route', 'getroute', (request) => {
    seen.push(request)
    const route = { 'rtm-family': 'inet', 'rtm-dst-len': 32, oif: 2 }
    return request.isDump
      ? [
          { ...route, dst: '192.0.2.1' },
          { ...route, dst: '192.0.2.2' },
        ]
      : { ...route, dst: request.body.dst }
  })
  const rt = await openNetlink('rt-route', { open: kernel.open })
  const one = await rt.do('getroute', { dst: '192.0.2.9', 'rtm-dst-len': 32 }, limits)
  assert.equal([one?.dst, one?.oif, one?.['rtm-family']], ['192.0.2.9', 2, 'inet'])
  const all = await rt.dump('getroute', {}, limits)
  assert.equal(
    all.map(({ dst }) => dst),
    ['192.0.2.1', '192.0.2.2'],
  )
  assert.equal(
    seen.map(({ operation, isDump, flags }) => [operation, isDump, flags]),
    [
      ['getroute', false, 5],
      ['getroute', true, 0x305],
    ],
  )
  assert.is(kernel.sockets, 1)
  rt.close()
  assert.is(kernel.sockets, 0)
})

test('a handler that returns nothing acknowledges; one that throws refuses, with the path', async () => {
  const kernel = fakeKernel()
  kernel.on('rt-link', 'newlink', async ({ body, flags }) => {
    if (body.ifname === 'good') return undefined
    assert.is(flags & 0x600, 0x600)
    throw Object.assign(new Error('no'), {
      errno: -34,
      extack: 'too large',
      path: 'linkinfo.data.id',
    })
  })
  const rt = await openNetlink('rt-link', { open: kernel.open })
  assert.is(await rt.do('newlink', { ifname: 'good' }, limits), undefined)
  const vxlan = { ifname: 'bad', linkinfo: { kind: 'vxlan', data: { id: 7 } } } as const
  const asked = rt.do('newlink', vxlan, { flags: ['create', 'excl'], ...limits })
  const { errno, extack, path } = (await rejection(asked)) as NetlinkError
  assert.equal([errno, extack, path], [-34, 'too large', 'linkinfo.data.id'])
  const other = (await rejection(rt.do('dellink', { ifname: 'x' }, limits))) as NetlinkError
  assert.is(other.errno, -95)
  rt.close()
})

test('its links are dumped without a handler, and its faults hit such dumps, too', async () => {
  const kernel = fakeKernel({ links: [{ ifname: 'a' }, { ifname: 'b' }] })
  const rt = await openNetlink('rt-link', { open: kernel.open })
  const names = async () => (await rt.dump('getlink', {}, limits)).map(({ ifname }) => ifname)
  assert.equal(await names(), ['a', 'b'])
  kernel.inject.interruptDumps(2)
  assert.equal(await names(), ['a', 'b'])
  assert.is(kernel.inject.takeDump().isInterrupted, undefined)
  kernel.inject.refuseDumps(-1)
  assert.is(((await rejection(names())) as NetlinkError).errno, -1)
  rt.close()
})

test('a generic family that has a handler is found through the controller; others are not', async () => {
  const kernel = fakeKernel()
  kernel.on('ethtool', 'linkinfo-get', ({ body }) => ({ header: body.header, port: 'fibre' }))
  const ethtool = await openNetlink('ethtool', { open: kernel.open })
  const header = { 'dev-name': 'eth0' }
  assert.equal(await ethtool.do('linkinfo-get', { header }, limits), { header, port: 'fibre' })
  const none = (await rejection(openNetlink('wireguard', { open: kernel.open }))) as NetlinkError
  assert.is(none.code, 'ERR_NETLINK_UNSUPPORTED')
  const entries = await families({ open: kernel.open })
  assert.ok(entries.some(({ name, protocol }) => name === 'rt-link' && protocol === 'route'))
  const found = entries.find(({ name }) => name === 'ethtool')
  assert.equal([found?.protocol, found?.groups], ['generic', ['monitor']])
  assert.not.ok(entries.some(({ name }) => name === 'wireguard'))
  const events = ethtool.subscribe(['monitor'], limits)
  await kernel.tell('ethtool', 'linkinfo-ntf', { header, port: 'tp' })
  assert.equal((await events.next()).value, {
    type: 'message',
    operation: 'linkinfo-ntf',
    body: { header, port: 'tp' },
  })
  ethtool.close()
})

test('a change of nf_tables comes in a batch, and is answered once', async () => {
  const kernel = fakeKernel()
  const tables: unknown[] = []
  kernel.on('nftables', 'newtable', ({ body }) => {
    tables.push(body.name)
    return undefined
  })
  const nft = await openNetlink('nftables', { open: kernel.open })
  await nft.do(
    'newtable',
    { 'nfgen-family': 'inet', name: 'filter' },
    { flags: ['create'], ...limits },
  )
  assert.equal(tables, ['filter'])
  nft.close()
})

test('a handler has to be one', () => {
  assert.throws(
    () => fakeKernel().on('rt-link', 'getlink', 'x' as never),
    /^expected handler to be a function, got 'x'$/,
  )
})

test.run()
