import { closeSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openFds, rxWindow, shim } from './harness'

type Call = (...args: unknown[]) => unknown
const socket = shim.socket as Call
const bind = shim.bind as Call
const recv = shim.recv as Call

const thrownBy = (call: () => unknown) => {
  try {
    call()
  } catch (error) {
    return error as Error & { code?: string; errno?: number; syscall?: string }
  }
  throw new Error('expected an exception, got none')
}

test('exports socket, bind and recv, and nothing else', () => {
  assert.equal(Object.keys(shim).sort(), ['bind', 'recv', 'socket'])
  for (const value of Object.values(shim)) assert.type(value, 'function')
})

const number = 'expected a number'
const int = 'expected an integer from 0 to 2147483647'
const u32 = 'expected an integer from 0 to 4294967295'
const group = 'expected an integer from 1 to 2147483647'
const callback = () => {}

const wrongTypes: [string, () => unknown, string][] = [
  ['socket()', () => socket(), `protocol: ${number}`],
  ['socket("0")', () => socket('0'), `protocol: ${number}`],
  ['socket(0n)', () => socket(0n), `protocol: ${number}`],
  ['socket(0, null)', () => socket(0, null), 'options: expected an object'],
  ['socket(0, 4096)', () => socket(0, 4096), 'options: expected an object'],
  [
    'socket(0, { receiveBufferBytes: "1" })',
    () => socket(0, { receiveBufferBytes: '1' }),
    `options.receiveBufferBytes: ${number}`,
  ],
  ...['extAck', 'capAck', 'getStrictChk', 'listenAllNsid'].map(
    (name): [string, () => unknown, string] => [
      `socket(0, { ${name}: 1 })`,
      () => socket(0, { [name]: 1 }),
      `options.${name}: expected a boolean`,
    ],
  ),
  ['bind()', () => bind(), `fd: ${number}`],
  ['bind(0)', () => bind(0), `portId: ${number}`],
  ['bind(0, 0)', () => bind(0, 0), `groups: ${number}`],
  ['bind(0, 0, "1")', () => bind(0, 0, '1'), `groups: ${number}`],
  ['bind(0, 0, {})', () => bind(0, 0, {}), `groups: ${number}`],
  ['bind(0, 0, ["1"])', () => bind(0, 0, ['1']), `groups[0]: ${number}`],
  ['bind(0, 0, [1, , 3])', () => bind(0, 0, [1, undefined, 3]), `groups[1]: ${number}`],
  ['bind(0, 0, Array(2 ** 32 - 1))', () => bind(0, 0, Array(2 ** 32 - 1)), `groups[0]: ${number}`],
  ['recv(null)', () => recv(null), `fd: ${number}`],
  ['recv(0)', () => recv(0), 'window: expected a Uint8Array'],
  ['recv(0, [])', () => recv(0, []), 'window: expected a Uint8Array'],
  [
    'recv(0, ArrayBuffer)',
    () => recv(0, new ArrayBuffer(64), callback),
    'window: expected a Uint8Array',
  ],
  [
    'recv(0, Uint16Array)',
    () => recv(0, new Uint16Array(64), callback),
    'window: expected a Uint8Array',
  ],
  ['recv(0, window)', () => recv(0, rxWindow()), 'callback: expected a function'],
]
for (const [title, call, message] of wrongTypes) {
  test(`${title} is a TypeError`, () => {
    const error = thrownBy(call)
    assert.instance(error, TypeError)
    assert.is(error.code, 'ERR_INVALID_ARG_TYPE')
    assert.is(error.message, message)
  })
}

const outOfRange: [string, () => unknown, string][] = [
  ['socket(-1)', () => socket(-1), `protocol: ${int}`],
  ['socket(0.5)', () => socket(0.5), `protocol: ${int}`],
  ['socket(NaN)', () => socket(Number.NaN), `protocol: ${int}`],
  ['socket(Infinity)', () => socket(Number.POSITIVE_INFINITY), `protocol: ${int}`],
  ['socket(2 ** 31)', () => socket(2 ** 31), `protocol: ${int}`],
  [
    'socket(0, { receiveBufferBytes: -1 })',
    () => socket(0, { receiveBufferBytes: -1 }),
    `options.receiveBufferBytes: ${int}`,
  ],
  ['bind(-1, 0, 0)', () => bind(-1, 0, 0), `fd: ${int}`],
  ['bind(0, 2 ** 32, 0)', () => bind(0, 2 ** 32, 0), `portId: ${u32}`],
  ['bind(0, 0, -1)', () => bind(0, 0, -1), `groups: ${u32}`],
  ['bind(0, 0, [0])', () => bind(0, 0, [0]), `groups[0]: ${group}`],
  ['bind(0, 0, [1, 1.5])', () => bind(0, 0, [1, 1.5]), `groups[1]: ${group}`],
  ['bind(0, 0, [2 ** 31])', () => bind(0, 0, [2 ** 31]), `groups[0]: ${group}`],
  [
    'recv with a window of 16 bytes',
    () => recv(0, new Uint8Array(16), callback),
    'window: expected at least 17 bytes, a frame header and one byte',
  ],
]
for (const [title, call, message] of outOfRange) {
  test(`${title} is a RangeError`, () => {
    const error = thrownBy(call)
    assert.instance(error, RangeError)
    assert.is(error.code, 'ERR_OUT_OF_RANGE')
    assert.is(error.message, message)
  })
}

test('an errno comes up with its syscall', () => {
  const failures: [() => unknown, number, string][] = [
    [() => socket(2 ** 31 - 1), -93, 'socket'], // EPROTONOSUPPORT
    [() => bind(2 ** 31 - 1, 0, 0), -9, 'bind'], // EBADF
    [() => recv(2 ** 31 - 1, rxWindow(), callback), -9, 'uv_poll_init'],
  ]
  for (const [call, errno, syscall] of failures) {
    const error = thrownBy(call)
    assert.is(error.message, `${syscall} failed: errno ${-errno}`)
    assert.is(error.errno, errno)
    assert.is(error.syscall, syscall)
  }
})

test('what a getter of the groups throws is passed on, whenever it is read', () => {
  const fd = socket(0) as number
  const broken = Object.defineProperty([1], 0, {
    get() {
      throw new Error('read')
    },
  })
  assert.is(thrownBy(() => bind(fd, 0, broken)).message, 'read')
  let reads = 0
  const changing = Object.defineProperty([1], 0, { get: () => (reads++ === 0 ? 1 : 'no group') })
  assert.is(thrownBy(() => bind(fd, 0, changing)).message, `groups[0]: ${number}`)
  closeSync(fd)
})

test('what a getter of the options throws is passed on, and no fd leaks', () => {
  const before = openFds().size
  const reading = {
    get receiveBufferBytes() {
      throw new Error('read')
    },
  }
  const writing = {
    set grantedReceiveBufferBytes(_: number) {
      throw new Error('write')
    },
  }
  assert.is(thrownBy(() => socket(0, reading)).message, 'read')
  assert.is(thrownBy(() => socket(0, writing)).message, 'write')
  assert.is(openFds().size, before)
})

test.run()
