// The socket options of netlink(7) that the shim can set, by what the real kernel answers and sends with them.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { NETNSA_NSID_NOT_ASSIGNED, NLMSG_DONE, NLMSG_ERROR } from '../../assembly/contract'
import { fixture, has, run, type SocketOptions, send, until, withReceiver } from './harness'

/** linux/netlink.h: flags of an NLMSG_ERROR. */
const NLM_F_CAPPED = 0x100
const NLM_F_ACK_TLVS = 0x200

/** nlmsghdr (RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP, seq 9) and an ifaddrmsg whose prefix length nobody looks at. */
const request = Buffer.from('18000000160001030900000000000000'.concat('0001000000000000'), 'hex')

/** nlmsghdr (RTM_GETLINK, NLM_F_REQUEST, seq 9) and an ifinfomsg of a link that there is not. */
const missing = Buffer.from(
  '20000000120001000900000000000000000000000000ff7f'.padEnd(64, '0'),
  'hex',
)

/** The end of the kernel's answer. */
async function answerWith(options: SocketOptions, asked = request) {
  let answer = { type: 0, flags: 0, errno: 0, text: '', length: 0 }
  await withReceiver(0, options, async ({ fd, frames }) => {
    await send(fd, asked)
    await until('the end of the answer', () => {
      for (const { bytes } of frames()) {
        for (let at = 0; at < bytes.length; at += (bytes.readUInt32LE(at) + 3) & ~3) {
          const type = bytes.readUInt16LE(at + 4)
          if (type !== NLMSG_DONE && type !== NLMSG_ERROR) continue
          const flags = bytes.readUInt16LE(at + 6)
          const length = bytes.readUInt32LE(at)
          const text = bytes.subarray(at, at + length).toString('latin1')
          answer = { type, flags, errno: bytes.readInt32LE(at + 16), text, length }
          return true
        }
      }
      return false
    })
  })
  return answer
}

test('without options, a dump passes over what it does not look at', async () => {
  const { type, errno } = await answerWith({})
  assert.is(type, NLMSG_DONE)
  assert.is(errno, 0)
})

test('getStrictChk: the same request is refused', async () => {
  const { type, errno, flags } = await answerWith({ getStrictChk: true })
  assert.is(type, NLMSG_DONE)
  assert.is(errno, -22)
  assert.is(flags & NLM_F_ACK_TLVS, 0)
})

test('extAck: the refusal says why', async () => {
  const { flags, text } = await answerWith({ getStrictChk: true, extAck: true })
  assert.ok(flags & NLM_F_ACK_TLVS)
  assert.match(text, /Invalid values in header for address dump request/)
})

test('capAck: a refusal quotes the header of the request, and no more', async () => {
  const whole = await answerWith({}, missing)
  assert.is(whole.type, NLMSG_ERROR)
  assert.is(whole.errno, -19)
  assert.is(whole.length, 20 + missing.length)
  const capped = await answerWith({ capAck: true }, missing)
  assert.is(capped.errno, -19)
  assert.ok(capped.flags & NLM_F_CAPPED)
  assert.is(capped.length, 20 + 16)
})

if (has('unshare', '-n', 'true') && has('ip', '-Version')) {
  const heard = async (...args: string[]) => {
    const { code, stdout, stderr } = await run('unshare', [
      '-n',
      process.execPath,
      fixture('namespaces.mjs'),
      ...args,
    ])
    assert.is(code, 0, stderr)
    return JSON.parse(stdout) as { own: number[]; other: number[] }
  }

  test('listenAllNsid: what another namespace says comes with its id', async () => {
    assert.equal(await heard('listenAllNsid'), { own: [NETNSA_NSID_NOT_ASSIGNED], other: [0] })
  })

  test('without it, another namespace is not heard', async () => {
    assert.equal(await heard(), { own: [NETNSA_NSID_NOT_ASSIGNED], other: [] })
  })
}

test.run()
