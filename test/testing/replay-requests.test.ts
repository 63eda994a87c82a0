// A session that was recorded is replayed: the same questions get the same answers, whoever asks.

import { Writable } from 'node:stream'
import { type Netlink, type NetlinkError, openNetlink, recordRequests } from 'netlink-wasm'
import { readCapture } from 'netlink-wasm/capture'
import { type FakeKernel, fakeKernel, replayRequests } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { rejection } from '../support/errors.ts'

const limits = { timeout: 20_000 }

/** What a session with a fake kernel leaves in a file. */
async function recording(
  kernel: FakeKernel,
  session: (rt: Netlink, gen: Netlink) => Promise<void>,
) {
  const chunks: Uint8Array[] = []
  const sink = new Writable({
    write(chunk: Uint8Array, _encoding, done) {
      chunks.push(chunk.slice())
      done()
    },
  })
  const open = recordRequests({ sink, open: kernel.open, now: () => 1n })
  const rt = await openNetlink('rt-route' as string, { open })
  const ethtool = await openNetlink('ethtool' as string, { open })
  await session(rt, ethtool)
  rt.close()
  ethtool.close()
  return Buffer.concat(chunks)
}

const asked = (dst: string) => ({ 'rtm-family': 'inet', dst, 'rtm-dst-len': 32 })
const header = { 'dev-name': 'eth0' }

function kernelOf(): FakeKernel {
  const kernel = fakeKernel()
  let count = 0
  kernel.on('rt-route', 'getroute', ({ body, isDump }) => {
    if (body.dst === '192.0.2.9')
      throw Object.assign(new Error(), { errno: -101, extack: 'no way' })
    const one = { 'rtm-family': 'inet', dst: body.dst ?? '192.0.2.1', oif: ++count }
    return isDump ? Array.from({ length: 9 }, () => one) : one
  })
  kernel.on('ethtool', 'linkinfo-get', () => ({ header, port: 'tp' }))
  return kernel
}

async function session(rt: Netlink, ethtool: Netlink): Promise<unknown[]> {
  const refused = (await rejection(rt.do('getroute', asked('192.0.2.9'), limits))) as NetlinkError
  return [
    await rt.do('getroute', asked('192.0.2.1'), limits),
    await rt.do('getroute', asked('192.0.2.2'), limits),
    await rt.do('getroute', asked('192.0.2.1'), limits),
    await rt.dump('getroute', { 'rtm-family': 'inet' }, limits),
    await ethtool.do('linkinfo-get', { header }, limits),
    [refused.errno, refused.extack],
  ]
}

test('a replay answers as the session was answered, in any order, with new numbers', async () => {
  let before: unknown[] = []
  const file = await recording(kernelOf(), async (rt, ethtool) => {
    before = await session(rt, ethtool)
  })
  const open = replayRequests(readCapture(file))
  const rt = await openNetlink('rt-route' as string, { open })
  const ethtool = await openNetlink('ethtool' as string, { open })
  assert.equal(await session(rt, ethtool), before)
  // Each once more, in another order: what was asked twice stays at its last answer.
  const oif = async (dst: string) => (await rt.do('getroute', asked(dst), limits))?.oif
  assert.equal(await Promise.all(['192.0.2.2', '192.0.2.1'].map(oif)), [2, 3])
  const error = (await rejection(rt.do('getroute', asked('192.0.2.7'), limits))) as NetlinkError
  assert.is(error.code, 'ERR_NETLINK_SOURCE_ENDED')
  rt.close()
  ethtool.close()
})

test('a family that was not found is not found again', async () => {
  const file = await recording(kernelOf(), async (rt) => {
    await rt.do('getroute', asked('192.0.2.1'), limits)
  })
  const open = replayRequests(readCapture(file))
  const error = (await rejection(openNetlink('wireguard' as string, { open }))) as NetlinkError
  assert.is(error.code, 'ERR_NETLINK_SOURCE_ENDED')
})

test.run()
