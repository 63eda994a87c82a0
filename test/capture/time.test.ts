// Times of frames: before 1970, after 9999, in any unit, and as text.

import { readCapture } from 'netlink-wasm/capture'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isoTime, secondsText } from '../../src/capture/time.ts'
import {
  bytes,
  enhancedPacket,
  interfaceBlock,
  join,
  option,
  sectionHeader,
} from '../support/capture-files.ts'
import { random } from '../support/random.ts'

const SECOND = 1_000_000_000n
const IF_TSRESOL = 9
const IF_TSOFFSET = 14

test('ISO 8601 with nanoseconds', () => {
  const times: [ns: bigint, text: string][] = [
    [0n, '1970-01-01T00:00:00.000000000Z'],
    [1n, '1970-01-01T00:00:00.000000001Z'],
    [-1n, '1969-12-31T23:59:59.999999999Z'],
    [-500_000_000n, '1969-12-31T23:59:59.500000000Z'],
    [-SECOND, '1969-12-31T23:59:59.000000000Z'],
    [-SECOND - 1n, '1969-12-31T23:59:58.999999999Z'],
    [1_700_000_000_123_456_789n, '2023-11-14T22:13:20.123456789Z'],
    [2n ** 64n - 1n, '2554-07-21T23:34:33.709551615Z'],
    [253_402_300_799n * SECOND + 999_999_999n, '9999-12-31T23:59:59.999999999Z'],
    [253_402_300_800n * SECOND, '+010000-01-01T00:00:00.000000000Z'],
    [-62_167_219_200n * SECOND, '0000-01-01T00:00:00.000000000Z'],
    [-62_167_219_200n * SECOND - 1n, '-000001-12-31T23:59:59.999999999Z'],
    [8_640_000_000_000n * SECOND, '+275760-09-13T00:00:00.000000000Z'],
    [-8_640_000_000_000n * SECOND, '-271821-04-20T00:00:00.000000000Z'],
    // Beyond what Date knows.
    [8_640_000_000_000n * SECOND + SECOND, '8640000000001.000000000'],
    [-8_640_000_000_000n * SECOND - 1n, '-8640000000000.000000001'],
    [2n ** 63n * SECOND, '9223372036854775808.000000000'],
  ]
  for (const [ns, text] of times) assert.is(isoTime(ns), text, `${ns}`)
})

test('ISO 8601 and Date agree, before and after 1970', () => {
  const next = random(0x1970)
  for (let run = 0; run < 10_000; run++) {
    const ms = Math.floor((next() - 0.5) * 2 * 8.64e15)
    const nanoseconds = Math.floor(next() * 1e6)
    const text = isoTime(BigInt(ms) * 1_000_000n + BigInt(nanoseconds))
    assert.is(`${text.slice(0, -7)}Z`, new Date(ms).toISOString())
    assert.is(text.slice(-7), `${String(nanoseconds).padStart(6, '0')}Z`)
  }
})

test('seconds', () => {
  assert.is(secondsText(250_000n), '0.000250000')
  assert.is(secondsText(-1n), '-0.000000001')
  assert.is(secondsText(-1_500_000_000n), '-1.500000000')
  assert.is(secondsText(2n ** 70n), '1180591620717.411303424')
})

/** The time of a packet whose interface says this of its clock. */
async function timeOf(high: number, low: number, resolution: number, offset: bigint) {
  const seconds = new Uint8Array(8)
  new DataView(seconds.buffer).setBigInt64(0, offset, true)
  const options = [option(IF_TSRESOL, Uint8Array.of(resolution)), option(IF_TSOFFSET, seconds)]
  const file = join(
    sectionHeader(),
    interfaceBlock('little', { options }),
    enhancedPacket(bytes(4), { time: [high, low] }),
  )
  for await (const { timestamp } of readCapture(file)) return timestamp
  throw new Error('expected a frame')
}

test('pcapng: 64 bits in every unit, moved by any offset, to the nanosecond', async () => {
  const offsets = [0n, 1n, -1n, -2_208_988_800n, 2n ** 63n - 1n, -(2n ** 63n)]
  const ticks: [high: number, low: number][] = [
    [0, 0],
    [0, 1],
    [0x60000, 0xfffffffb],
    [0xffffffff, 0xffffffff],
  ]
  for (let resolution = 0; resolution < 256; resolution++) {
    const unit = BigInt(resolution & 0x7f)
    const perSecond = resolution & 0x80 ? 2n ** unit : 10n ** unit
    for (const offset of offsets) {
      for (const [high, low] of ticks) {
        const tick = (BigInt(high) << 32n) | BigInt(low)
        const expected = (tick * SECOND) / perSecond + offset * SECOND
        const got = (await timeOf(high, low, resolution, offset)) as bigint
        assert.is(got, expected, `if_tsresol ${resolution}, if_tsoffset ${offset}, ${tick} ticks`)
        assert.match(
          isoTime(got),
          /^([+-]\d\d)?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$|^-?\d+\.\d{9}$/,
        )
      }
    }
  }
})

test.run()
