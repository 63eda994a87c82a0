// Refusals by the kernel: the errno, its words, and the path of the attribute that it points at or misses.

import { type Netlink, type NetlinkError, openNetlink } from 'netlink-wasm'
import { attribute, concat, errorMessage } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { rejection } from '../support/errors.ts'
import { PORT, ScriptedKernel } from '../support/scripted-kernel.ts'

// linux/netlink.h
const CAPPED = 0x100
const ACK_TLVS = 0x200
const ATTR = { MSG: 1, OFFS: 2, POLICY: 4, MISS_TYPE: 5, MISS_NEST: 6 }
const POLICY = { TYPE: 1, MIN_U: 4, MAX_U: 5, MIN_LENGTH: 6, MAX_LENGTH: 7, MASK: 12 }

interface Refused {
  errno: number
  tlvs: (request: Uint8Array) => Uint8Array[]
}

/** What a request is refused with. */
async function refused(
  family: string,
  ask: (rt: Netlink) => Promise<unknown>,
  { errno, tlvs }: Refused,
  isCapped = true,
): Promise<NetlinkError> {
  const kernel = new ScriptedKernel()
  const rt = await openNetlink(family, { open: kernel.open })
  const asked = rejection(ask(rt))
  const { socket, bytes, seq } = await kernel.asked(0)
  const copy = isCapped ? bytes.subarray(0, 16) : bytes
  const flags = ACK_TLVS | (isCapped ? CAPPED : 0)
  socket.wake([errorMessage({ errno, seq, pid: PORT, flags }, concat([copy, ...tlvs(bytes)]))])
  const error = (await asked) as NetlinkError
  rt.close()
  return error
}

const u64 = (value: bigint) => new Uint8Array(new BigUint64Array([value]).buffer)

/** Where the attribute of this type starts whose value starts with these bytes. */
function offsetOf(request: Uint8Array, type: number, from = 16): number {
  const view = new DataView(request.buffer, request.byteOffset)
  for (let at = from; at + 4 <= request.length; at += 4) {
    const length = view.getUint16(at, true)
    const isWhole = length >= 4 && at + length <= request.length
    if (isWhole && (view.getUint16(at + 2, true) & 0x3fff) === type) return at
  }
  throw new Error(`expected an attribute of type ${type}`)
}

const vxlan = (rt: Netlink) =>
  rt.do(
    'newlink',
    { ifname: 'vx0', linkinfo: { kind: 'vxlan', data: { id: 42 } } },
    { timeout: 20_000 },
  )
const IFLA_IFNAME = 3
const IFLA_LINKINFO = 18
const IFLA_INFO_DATA = 2

test('errno, words and path of a nested attribute, with its value', async () => {
  for (const isCapped of [true, false]) {
    const error = await refused(
      'rt-link',
      vxlan,
      {
        errno: -34,
        tlvs(request) {
          const linkinfo = offsetOf(request, IFLA_LINKINFO, 32)
          const data = offsetOf(request, IFLA_INFO_DATA, linkinfo + 4 + 12)
          return [attribute(ATTR.MSG, 'too large'), attribute(ATTR.OFFS, data + 4)]
        },
      },
      isCapped,
    )
    assert.is(error.name, 'NetlinkError')
    assert.is(error.code, 'ERR_NETLINK_KERNEL')
    assert.is(error.errno, -34)
    assert.is(error.extack, 'too large')
    assert.is(error.path, 'linkinfo.data.id')
    assert.match(error.message, /newlink.*ERANGE.*"too large" at linkinfo\.data\.id = 42/)
  }
})

test('an attribute that is missing, by name, in the message and in a nest', async () => {
  const inMessage = await refused('rt-link', vxlan, {
    errno: -22,
    tlvs: () => [attribute(ATTR.MISS_TYPE, 4)],
  })
  assert.is(inMessage.path, 'mtu')
  assert.match(inMessage.message, 'mtu is missing')
  const inNest = await refused('rt-link', vxlan, {
    errno: -22,
    tlvs(request) {
      const linkinfo = offsetOf(request, IFLA_LINKINFO, 32)
      const data = offsetOf(request, IFLA_INFO_DATA, linkinfo + 4 + 12)
      return [attribute(ATTR.MISS_TYPE, 5), attribute(ATTR.MISS_NEST, data)]
    },
  })
  assert.is(inNest.path, 'linkinfo.data.ttl')
  const unknown = await refused('rt-link', vxlan, {
    errno: -22,
    tlvs: () => [attribute(ATTR.MISS_TYPE, 9999)],
  })
  assert.is(unknown.path, '#9999')
})

test('what the kernel takes instead, in words', async () => {
  const policies: [bytes: Uint8Array[], words: string][] = [
    [
      [
        attribute(POLICY.TYPE, 2),
        attribute(POLICY.MIN_U, u64(1n)),
        attribute(POLICY.MAX_U, u64(7n)),
      ],
      'it takes u8 from 1 to 7',
    ],
    [
      [attribute(POLICY.TYPE, 12), attribute(POLICY.MAX_LENGTH, 15)],
      'it takes nul-string of at most 15 bytes',
    ],
    [
      [
        attribute(POLICY.TYPE, 10),
        attribute(POLICY.MIN_LENGTH, 6),
        attribute(POLICY.MAX_LENGTH, 6),
      ],
      'it takes binary of 6 bytes',
    ],
    [
      [attribute(POLICY.TYPE, 4), attribute(POLICY.MASK, u64(3n))],
      'it takes u32 with bits of 0x3 only',
    ],
  ]
  for (const [policy, words] of policies) {
    const error = await refused('rt-link', vxlan, {
      errno: -34,
      tlvs: (request) => [
        attribute(ATTR.OFFS, offsetOf(request, IFLA_IFNAME, 32)),
        attribute(ATTR.POLICY | 0x8000, policy),
      ],
    })
    assert.is(error.path, 'ifname')
    assert.match(error.message, `at ifname = "vx0"; ${words}`)
  }
})

test('an errno without a word, and one that has no name', async () => {
  const plain = await refused('rt-link', vxlan, { errno: -1, tlvs: () => [] })
  assert.equal([plain.errno, plain.extack, plain.path], [-1, undefined, undefined])
  assert.match(plain.message, 'EPERM (operation not permitted)')
  const odd = await refused('rt-link', vxlan, { errno: -512, tlvs: () => [] })
  assert.is(odd.errno, -512)
})

test('an offset that points at no attribute is no path', async () => {
  const error = await refused('rt-link', vxlan, {
    errno: -22,
    tlvs: () => [attribute(ATTR.OFFS, 100_000)],
  })
  assert.is(error.path, undefined)
})

test.run()
