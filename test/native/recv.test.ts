import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { FRAME_ALIGN, FRAME_HEADER_BYTES, NLMSG_DONE, RTM_NEWLINK } from '../../assembly/contract'
import {
  collect,
  dumpRequest,
  fixture,
  has,
  NETLINK_USERSOCK,
  onThread,
  openFds,
  run,
  rxWindow,
  send,
  shim,
  until,
  withReceiver,
} from './harness'

const hasPython = has('python3', '--version')
const isRoot = process.getuid?.() === 0
if (!isRoot) console.log('skipped: multicast: joining a group of NETLINK_USERSOCK takes root')

/** Sends datagrams of these lengths from another process to a port, or to a multicast group. */
const sendFromOutside = async (to: { port?: number; groups?: number }, lengths: number[]) => {
  const { code, stdout, stderr } = await run('python3', [
    fixture('send.py'),
    String(to.port ?? 0),
    String(to.groups ?? 0),
    ...lengths.map(String),
  ])
  assert.is(code, 0, stderr)
  return Number(stdout)
}

test('a real dump comes back through the window', async () => {
  await withReceiver(0, {}, async ({ fd, portId, frames, wakeups, received }) => {
    assert.is((await send(fd, dumpRequest)).bytesWritten, dumpRequest.length)
    await received(1)
    const messages = () =>
      frames().flatMap(({ bytes }) => {
        const found = []
        for (let at = 0; at < bytes.length; at += (bytes.readUInt32LE(at) + 3) & ~3) {
          found.push({
            type: bytes.readUInt16LE(at + 4),
            seq: bytes.readUInt32LE(at + 8),
            pid: bytes.readUInt32LE(at + 12),
          })
        }
        return found
      })
    await until('NLMSG_DONE', () => messages().at(-1)?.type === NLMSG_DONE)
    assert.ok(messages().some(({ type }) => type === RTM_NEWLINK))
    assert.ok(messages().every(({ seq, pid }) => seq === 7 && pid === portId))
    for (const frame of frames()) {
      assert.is(frame.portid, 0)
      assert.is(frame.group, 0)
      assert.is(frame.truncated, false)
      assert.is(frame.bytes.length, frame.length)
    }
    assert.ok(wakeups.every(({ errno, used }) => errno === 0 && used > 0 && used % 16 === 0))
  })
})

test('an fd is received from once only, until its receiver has closed it', async () => {
  const isBusy = (error: NodeJS.ErrnoException) => error.errno === -16 && error.syscall === 'recv'
  await withReceiver(0, {}, async ({ fd, stop, received }) => {
    assert.throws(() => collect(fd), isBusy)
    stop.pause()
    assert.throws(() => collect(fd), isBusy)
    stop.resume()
    await send(fd, dumpRequest)
    await received(1)
    stop()
    // A thread has ended, and its fd is closed, when stop returns.
    if (onThread) assert.not.ok(openFds().has(fd))
    else assert.throws(() => collect(fd), isBusy)
  })
})

test('pause leaves datagrams to the kernel, resume fetches them', async () => {
  await withReceiver(0, {}, async ({ fd, stop, wakeups, received }) => {
    stop.pause()
    stop.pause()
    await send(fd, dumpRequest)
    await sleep(50)
    assert.is(wakeups.length, 0)
    stop.resume()
    stop.resume()
    await received(1)
  })
})

test('pause and resume inside the callback', async () => {
  const fd = shim.socket(0)
  shim.bind(fd, 0, 0)
  let wakeups = 0
  const stop = shim.recv(fd, rxWindow(), () => {
    wakeups++
    stop.pause()
    if (wakeups === 1) stop.resume()
  })
  try {
    await send(fd, dumpRequest)
    await until('the first wake-up', () => wakeups >= 1)
    await send(fd, dumpRequest)
    await until('the second wake-up', () => wakeups >= 2)
    const before = wakeups
    await send(fd, dumpRequest)
    await sleep(50)
    assert.is(wakeups, before)
  } finally {
    stop()
  }
})

test('stop and its methods are harmless after stop', async () => {
  const fd = shim.socket(0)
  const stop = shim.recv(fd, rxWindow(), () => {})
  for (let round = 0; round < 2; round++) {
    assert.is(stop(), undefined)
    stop.ref()
    stop.unref()
    stop.pause()
    stop.resume()
    await sleep(5)
  }
})

if (hasPython) {
  test('a foreign sender is told from the kernel by its port id', async () => {
    await withReceiver(NETLINK_USERSOCK, {}, async ({ portId, frames, received }) => {
      const sender = await sendFromOutside({ port: portId }, [20, 1])
      await received(2)
      assert.ok(sender > 0)
      assert.equal(
        frames().map(({ portid, group, length }) => ({ portid, group, length })),
        [
          { portid: sender, group: 0, length: 20 },
          { portid: sender, group: 0, length: 1 },
        ],
      )
      // send.py fills the datagram of length n with bytes of value n.
      assert.equal(frames()[0]?.bytes, Buffer.alloc(20, 20))
    })
  })

  const rootTest = isRoot ? test : test.skip
  rootTest('a multicast group is reported by its number', async () => {
    await withReceiver(NETLINK_USERSOCK, { groups: 0x88 }, async ({ frames, received }) => {
      await sendFromOutside({ groups: 0x80 }, [20])
      await sendFromOutside({ groups: 0x08 }, [20])
      await received(2)
      assert.equal(
        frames().map(({ group }) => group),
        [8, 4],
      )
    })
  })

  test('a window too small truncates, flags it and tells the true length', async () => {
    const window = new Uint8Array(50)
    const options = { window }
    await withReceiver(NETLINK_USERSOCK, options, async (receiver) => {
      await sendFromOutside({ port: receiver.portId }, [100, 35, 34, 33, 30])
      await receiver.received(5)
      assert.equal(
        receiver.frames().map(({ length, truncated, bytes }) => [length, truncated, bytes.length]),
        [
          [100, true, 34],
          [35, true, 34],
          [34, false, 34],
          [33, false, 33],
          [30, false, 30],
        ],
      )
      assert.equal(
        receiver.wakeups.map(({ errno, used }) => [errno, used]),
        [
          [0, 50],
          [0, 50],
          [0, 50],
          [0, 50],
          [0, 48],
        ],
      )
    })
  })

  test('a window at any address, never written past its end', async () => {
    const guarded = new Uint8Array(80).fill(0xee)
    const window = guarded.subarray(13, 13 + 41)
    await withReceiver(NETLINK_USERSOCK, { window }, async ({ portId, frames, received }) => {
      await sendFromOutside({ port: portId }, [25, 60])
      await received(2)
      assert.equal(frames()[0]?.bytes, Buffer.alloc(25, 25))
      assert.ok(guarded.subarray(0, 13).every((byte) => byte === 0xee))
      assert.ok(guarded.subarray(54).every((byte) => byte === 0xee))
    })
  })

  test('draining stops while the largest datagram would still fit', async () => {
    const frame = FRAME_HEADER_BYTES + FRAME_ALIGN
    const window = new Uint8Array(3 * frame + FRAME_HEADER_BYTES + 65536)
    await withReceiver(NETLINK_USERSOCK, { window }, async (receiver) => {
      receiver.stop.pause()
      await sendFromOutside({ port: receiver.portId }, Array(10).fill(16))
      receiver.stop.resume()
      await receiver.received(10)
      assert.equal(
        receiver.wakeups.map(({ used }) => used / frame),
        [4, 4, 2],
      )
    })
  })

  test('a wake-up drains 1,024 datagrams at most', async () => {
    const options = { receiveBufferBytes: 4 << 20 }
    await withReceiver(NETLINK_USERSOCK, options, async (receiver) => {
      receiver.stop.pause()
      await sendFromOutside({ port: receiver.portId }, Array(1500).fill(16))
      receiver.stop.resume()
      await receiver.received(1500)
      assert.equal(
        receiver.wakeups.map(({ frames }) => frames.length),
        [1024, 476],
      )
    })
  })

  // The kernel refuses to send an empty netlink datagram, so this one arrives over UDP. AddressSanitizer
  // takes all of the address's true length (msg_namelen) for written, and UDP's is 4 bytes longer.
  const udpTest = process.env.NETLINK_WASM_SHIM === undefined ? test : test.skip
  udpTest('an empty datagram is a frame of length 0', async () => {
    const { code, stdout, stderr } = await run('python3', [
      fixture('empty.py'),
      process.execPath,
      fixture('empty.mjs'),
    ])
    assert.is(code, 0, stderr)
    assert.equal(JSON.parse(stdout), [{ errno: 0, usedBytes: 48, lengths: [0, 3] }])
  })
}

test.run()
