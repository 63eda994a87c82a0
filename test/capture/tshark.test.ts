// Frames as Wireshark's programs have them: of files the writer made, of recorded captures, and of those in
// every format that editcap and mergecap turn them into. Without these programs it is skipped, and says
// so; with CI set that is a failure.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  type CaptureFrame,
  type NetlinkError,
  netlinkHeader,
  PcapngWriter,
} from 'netlink-wasm/capture'
import { newLink } from 'netlink-wasm/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  ascii,
  bytes,
  enhancedPacket,
  interfaceBlock,
  join as joinBytes,
  oldPacket,
  option,
  pcapHeader,
  pcapRecord,
  read,
  sectionHeader,
  simplePacket,
} from '../support/capture-files.ts'

const test = suite('tshark and capinfos')
const PROGRAMS = ['tshark', 'capinfos', 'editcap', 'mergecap']
const missing = PROGRAMS.filter((name) => spawnSync(name, ['--version']).error)
let folder = ''
test.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'capture-tshark-'))
})
test.after(() => rmSync(folder, { recursive: true }))

const captures = ['link', 'tc', 'nft', 'big-endian']
const recorded = (name: string) =>
  fileURLToPath(new URL(`../captures/${name}.pcap`, import.meta.url))

function run(program: string, ...args: string[]): string {
  const options = {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    env: { ...process.env, TZ: 'UTC' },
  } as const
  const { status, stdout, stderr } = spawnSync(program, args, options)
  assert.is(status, 0, `${program} ${args.join(' ')}\n${stderr}`)
  return stdout
}

function file(name: string, ...parts: Uint8Array[]): string {
  const path = join(folder, name)
  writeFileSync(path, joinBytes(...parts))
  return path
}

async function framesOf(path: string): Promise<CaptureFrame[]> {
  const { frames, error } = await read(readFileSync(path))
  assert.is(error, undefined, path)
  return frames
}

/** Seconds with nine digits behind the point. */
const seconds = (time: bigint) => `${time / 10n ** 9n}.${`${time % 10n ** 9n}`.padStart(9, '0')}`

const FIELDS = ['number', 'time_epoch', 'len', 'cap_len', 'interface_name', 'comment']

/** Holds our frames of a file against tshark's and capinfos'; how many there are. */
async function agree(path: string): Promise<number> {
  const frames = await framesOf(path)
  const fields = FIELDS.flatMap((name) => ['-e', `frame.${name}`])
  const printed = run('tshark', '-n', '-r', path, '-T', 'fields', '-E', 'occurrence=a', ...fields)
  const ours = frames.map((frame) => [
    frame.number,
    frame.timestamp === undefined ? '' : seconds(frame.timestamp),
    frame.originalLength,
    frame.data.length,
    frame.interfaceName,
    frame.comment?.replaceAll('\n', ','),
  ])
  assert.equal(
    printed
      .replace(/\n$/, '')
      // An interface without a name.
      .replaceAll('\tunknown\t', '\t\t')
      .split('\n'),
    ours.map((row) => row.join('\t')),
    path,
  )
  const counted = run('capinfos', '-T', '-r', '-Q', '-S', '-c', '-d', '-a', '-e', path)
  const [packets, size, ...times] = counted.trim().replaceAll('"', '').split('\t').slice(-4)
  assert.is(Number(packets), frames.length)
  assert.is(
    Number(size),
    frames.reduce((sum, { originalLength }) => sum + originalLength, 0),
  )
  const stamps = frames.flatMap(({ timestamp }) => timestamp ?? [])
  const [first, last] = [stamps.reduce(min), stamps.reduce(max)]
  // As many digits as the file's unit has.
  for (const [index, time] of [seconds(first), seconds(last)].entries()) {
    assert.ok(time.startsWith(times[index] ?? 'none'), `${time}, ${times[index]}`)
  }
  return frames.length
}

const min = (a: bigint, b: bigint) => (a < b ? a : b)
const max = (a: bigint, b: bigint) => (a > b ? a : b)
test('recorded captures, and all that editcap makes of them', async () => {
  for (const name of captures) {
    const original = await framesOf(recorded(name))
    assert.is(await agree(recorded(name)), original.length)
    for (const format of name === 'tc' ? ['pcapng', 'pcap', 'nsecpcap'] : ['pcapng']) {
      const path = join(folder, `${name}.${format}`)
      run('editcap', '-F', format, recorded(name), path)
      assert.is(await agree(path), original.length)
      const content = ({ data, timestamp, originalLength, linkType }: CaptureFrame) => ({
        data,
        timestamp,
        originalLength,
        linkType,
      })
      assert.equal((await framesOf(path)).map(content), original.map(content))
    }
  }
  const cut = join(folder, 'cut.pcapng')
  run('editcap', '-s', '40', recorded('link'), cut)
  assert.is(await agree(cut), 387)
  assert.ok((await framesOf(cut)).some(({ data, originalLength }) => data.length < originalLength))
})

test('several interfaces, and a modified pcap', async () => {
  const merged = join(folder, 'merged.pcapng')
  run('mergecap', '-I', 'none', '-w', merged, ...captures.map(recorded))
  assert.is(await agree(merged), 387 + 179 + 387 + 36)
  assert.is(new Set((await framesOf(merged)).map(({ interfaceId }) => interfaceId)).size, 4)
  const modified = join(folder, 'modified.pcap')
  run('editcap', '-F', 'modpcap', recorded('tc'), modified)
  const { frames, error } = await read(readFileSync(modified))
  assert.equal(frames, [])
  assert.is((error as NetlinkError).code, 'ERR_NETLINK_CAPTURE_FORMAT')
})

test('files that the writer made', async () => {
  for (const byteOrder of ['little', 'big'] as const) {
    const writer = new PcapngWriter({
      interfaces: [{ name: 'nlmon0' }, { name: 'any', linkType: 276, snapLength: 64 }],
      application: 'tests of netlink-wasm',
      comment: 'all of it',
      byteOrder,
    })
    const parts = [writer.start(), writer.addInterface({ name: 'later' })]
    const header = netlinkHeader({ protocol: 0 })
    for (let count = 0; count < 50; count++) {
      const datagram = newLink({ ifname: `eth${count}`, length: 45 + (count % 4) })
      parts.push(
        writer.packet({
          data: [header, datagram.subarray(0, 45 + (count % 4))],
          timestamp: 1_700_000_000_123_456_789n + BigInt(count) * 999_999_999n,
          interfaceId: count % 3 === 2 ? 2 : 0,
          originalLength: 200 + count,
          ...(count % 5 === 0 ? { comment: `é ${count}` } : {}),
        }),
      )
    }
    const path = file(`${byteOrder}.pcapng`, ...parts)
    assert.is(await agree(path), 50)
    const told = run('capinfos', path)
    for (const line of [
      /File encapsulation: +.*per packet/i,
      /Capture application: +tests of netlink-wasm/,
      /Capture comment: +all of it/,
      /Number of interfaces in file: 3/,
      /Encapsulation = Linux Netlink/,
      /Encapsulation = Linux cooked-mode capture v2/,
      /Capture length = 64/,
      /Time precision = nanoseconds/,
    ]) {
      assert.match(told, line)
    }
    const protocols = run('tshark', '-r', path, '-T', 'fields', '-e', 'frame.protocols')
    assert.ok(protocols.startsWith('netlink:netlink-route\n'), protocols.slice(0, 80))
  }
})

test('files built by hand: every kind of packet block, order, and unit of time', async () => {
  for (const order of ['little', 'big'] as const) {
    const resolutions = [3, 6, 9, 0x8a, 0x94]
    const path = file(
      `${order}.pcapng`,
      sectionHeader(order),
      ...resolutions.flatMap((resolution, id) => {
        const options = [
          option(2, ascii(`nlmon${id}`), order),
          option(9, Uint8Array.of(resolution), order),
        ]
        const time: [number, number] = [resolution === 9 ? 0x17979cfe : 0x1a0, 0x7654321]
        const comments = ['a', 'b'].map((each) => option(1, ascii(each), order))
        return [
          interfaceBlock(order, { options }),
          enhancedPacket(bytes(33), { order, id, time, original: 40 }),
          oldPacket(bytes(18), { order, id, time, options: comments.slice(0, 1) }),
          enhancedPacket(bytes(16), { order, id, time, options: comments }),
        ]
      }),
    )
    assert.is(await agree(path), 15)
    for (const magic of [0xa1b2c3d4, 0xa1b23c4d]) {
      const record = { order, second: 1_700_000_000, fraction: 999_999 }
      const path = file(
        `${order}-${magic}.pcap`,
        pcapHeader({ order, magic }),
        pcapRecord(bytes(33), record),
        pcapRecord(bytes(16), { ...record, second: 2_000_000_000, original: 99 }),
      )
      assert.is(await agree(path), 2)
    }
    const simple = file(
      `${order}-simple.pcapng`,
      sectionHeader(order),
      interfaceBlock(order, { snapLength: 20 }),
      simplePacket(bytes(20), 99, order),
      simplePacket(bytes(17), 17, order),
    )
    const lengths = run(
      'tshark',
      '-r',
      simple,
      '-T',
      'fields',
      '-e',
      'frame.len',
      '-e',
      'frame.cap_len',
    )
    const ours = (await framesOf(simple)).map(({ originalLength, data }) => [
      originalLength,
      data.length,
    ])
    assert.is(lengths, ours.map((row) => `${row.join('\t')}\n`).join(''))
  }
})

if (missing.length === 0) test.run()
else if (process.env.CI) throw new Error(`expected ${missing.join(', ')} to be installed (tshark)`)
else console.log(`comparison with tshark skipped: no ${missing.join(', ')} here`)
