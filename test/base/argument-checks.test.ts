// Wrong arguments: every public function says which one, and what was given.

import { Readable } from 'node:stream'
import {
  decodeLinks,
  decodeMessages,
  type LinkMonitor,
  openLinkMonitor,
  readCapture,
  recordNetlink,
  recordSources,
  waitForNicAttachEvent,
} from 'netlink-wasm'
import { fakeKernel, replay, replayCapture } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { rejection } from '../support/errors.ts'

// biome-ignore lint/suspicious/noExplicitAny: wrong on purpose
type Any = any
const wrong = (value: unknown): Any => value

const TYPE = 'ERR_INVALID_ARG_TYPE'
const RANGE = 'ERR_OUT_OF_RANGE'

type Case = [call: (monitor: LinkMonitor) => unknown, code: string, message: string]
const CASES: Case[] = [
  [
    (monitor) => monitor.waitForAttach({ except: 'eth0' as Any }),
    TYPE,
    "expected except to be a list of links, got 'eth0'",
  ],
  [
    (monitor) => monitor.waitForAttach({ except: [null] as Any }),
    TYPE,
    'expected a link: a name, altname, MAC address or ifindex, got null',
  ],
  [
    (monitor) => monitor.waitForAttach({ settle: -1 }),
    RANGE,
    'expected settle to be 0 or more milliseconds, got -1',
  ],
  [
    (monitor) => monitor.waitForAttach({ settle: wrong('1') }),
    TYPE,
    "expected settle to be a number of milliseconds, got '1'",
  ],
  [
    (monitor) => monitor.waitForAttach({ match: wrong('x') }),
    TYPE,
    "expected match to be a function, got 'x'",
  ],
  [
    (monitor) => monitor.waitForAttach(wrong(60_000)),
    TYPE,
    'expected options to be an object, got 60000',
  ],
  [
    (monitor) => monitor.waitForAttach(wrong(null)),
    TYPE,
    'expected options to be an object, got null',
  ],
  [
    (monitor) => monitor.waitForOperState('eth1', wrong(undefined)),
    TYPE,
    'expected states to be a list of operstates, got undefined',
  ],
  [
    (monitor) => monitor.waitForDetach('eth1', wrong(5)),
    TYPE,
    'expected options to be an object, got 5',
  ],
  [
    (monitor) => monitor.waitFor(wrong({})),
    TYPE,
    'expected predicate to be a function, got an object',
  ],
  [
    (monitor) => monitor.resync({ timeout: wrong('1') }),
    TYPE,
    "expected timeout to be a number of milliseconds, got '1'",
  ],
  [() => openLinkMonitor(wrong(null)), TYPE, 'expected options to be an object, got null'],
  [
    () => openLinkMonitor({ socket: wrong(new Map()) }),
    TYPE,
    'expected socket to be an object with recv(), got a Map',
  ],
  [
    () => replayCapture(wrong(Readable.from([Buffer.alloc(1)], { objectMode: false }))),
    TYPE,
    'expected frames to be an iterable of frames, as readCapture() gives, got a Readable',
  ],
  [
    () => replayCapture(wrong(undefined)),
    TYPE,
    'expected frames to be an iterable of frames, as readCapture() gives, got undefined',
  ],
  [
    () => openLinkMonitor({ socket: replayCapture(wrong([{ frame: 1 }])) }),
    TYPE,
    'expected data of each frame to be a Uint8Array, got undefined',
  ],
  [() => replay(wrong('bytes')), TYPE, "expected chunks to be a list of bytes, got 'bytes'"],
  [
    () => recordNetlink(wrong({ sources: [] })),
    TYPE,
    'expected sink to be a stream to write to, got undefined',
  ],
  [
    () => recordSources({ groups: wrong('link') }),
    TYPE,
    "expected groups to be a list of names, got 'link'",
  ],
  [
    () => readCapture([], { onProgress: wrong(1) }).next(),
    TYPE,
    'expected onProgress to be a function, got 1',
  ],
  [
    () => openLinkMonitor({ filter: { ifindex: wrong('eth0') } }),
    TYPE,
    "expected filter.ifindex to be an integer from 1 to 2147483647, got 'eth0'",
  ],
  [
    () => openLinkMonitor({ filter: { ifindex: 1.5 } }),
    RANGE,
    'expected filter.ifindex to be an integer from 1 to 2147483647, got 1.5',
  ],
  [() => decodeLinks(wrong('x')), TYPE, "expected data to be a Uint8Array, got 'x'"],
  [
    () => decodeLinks(new Uint8Array(0), wrong(null)),
    TYPE,
    'expected options to be an object, got null',
  ],
  ...(
    [
      [null, TYPE, 'filter to be an object, got null'],
      [{ ifindex: 'eth0' }, TYPE, "filter.ifindex to be a signed 32-bit integer, got 'eth0'"],
      [{ ifindex: 1.5 }, RANGE, 'filter.ifindex to be a signed 32-bit integer, got 1.5'],
      [{ ifname: 7 }, TYPE, 'filter.ifname to be a string, got 7'],
      [{ types: 16 }, TYPE, 'filter.types to be a list of numbers, got 16'],
      [{ operstates: 'UP' }, TYPE, "filter.operstates to be a list of numbers, got 'UP'"],
      [{ operstates: [256] }, RANGE, 'an operstate from 0 to 255, got 256'],
    ] as const
  ).map(([filter, code, what]): Case => {
    const call = () => decodeLinks(new Uint8Array(0), { filter: wrong(filter) })
    return [call, code, `expected ${what}`]
  }),
  [() => decodeMessages(wrong([1])), TYPE, 'expected data to be a Uint8Array, got an Array'],
  [
    () => waitForNicAttachEvent(replay([]), wrong('eth0')),
    TYPE,
    "expected existingNics to be a list, got 'eth0'",
  ],
]

for (const [call, code, message] of CASES) {
  test(message, async () => {
    const monitor = await openLinkMonitor({ socket: fakeKernel({ links: [{}] }) })
    try {
      const error = await rejection((async () => call(monitor))())
      assert.is(error.message, message)
      assert.instance(error, code === RANGE ? RangeError : TypeError)
      assert.is((error as { code?: string }).code, code)
    } finally {
      monitor.close()
    }
  })
}

test.run()
