// The command `decode`: each form of output, pipes, broken files, and captures larger than its memory.

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { netlinkHeader, PcapngWriter, readCapture } from 'netlink-wasm/capture'
import { Dissector, NLM_F_REQUEST, treeLines } from 'netlink-wasm/decoder'
import schema from 'netlink-wasm/schema/all'
import { attribute, message, newLink } from 'netlink-wasm/testing'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Requests } from '../../src/cli/captured-requests.ts'
import { enhancedPacket, interfaceBlock, option, sectionHeader } from '../support/capture-files.ts'

const cli = fileURLToPath(new URL('../../build/cli.js', import.meta.url))
const capture = (name: string) => fileURLToPath(new URL(`../captures/${name}`, import.meta.url))

interface Ran {
  code: number
  stdout: string
  stderr: string
}

async function decode(
  args: string[],
  input: Iterable<Uint8Array> = [],
  node: string[] = [],
): Promise<Ran> {
  const child = spawn(process.execPath, [...node, cli, 'decode', ...args])
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  child.stdin.on('error', () => {})
  const closed = once(child, 'close')
  for (const chunk of input) {
    if (!child.stdin.write(chunk)) await Promise.race([once(child.stdin, 'drain'), closed])
    if (child.exitCode !== null) break
  }
  child.stdin.end()
  const [code] = await closed
  return { code, stdout, stderr }
}

const objects = ({ stdout }: Ran) =>
  stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))

const writer = new PcapngWriter()
const packet = (...messages: Uint8Array[]) =>
  writer.packet({ data: [netlinkHeader({ protocol: 0 }), ...messages], timestamp: 1n })

const forms = suite('forms of output')

forms('a line a message, with the time since the first', async () => {
  const { code, stdout } = await decode([capture('link.pcap'), '--filter', 'frame < 3'])
  assert.is(code, 0)
  assert.is(
    stdout,
    '1 0.000000000 rt-link newlink [request,ack,excl,create] seq=1795459143 ifname=br0 kind=bridge vlan-filtering=1 mcast-snooping=1 stp-state=kernel-stp\n' +
      '2 0.015377000 netlink error [capped] seq=1795459143 ack request rt-link newlink\n',
  )
})

forms('an object a message, with the request that it answers', async () => {
  const [asked, answer] = objects(await decode([capture('link.pcap'), '--json']))
  assert.is(asked.frame, 1)
  assert.is(asked.time, '2026-11-23T18:39:02.559315000Z')
  assert.is(asked.body.linkinfo.data['vlan-filtering'], 1)
  assert.equal(answer.answers, { frame: 1, message: 1 })
})

forms('an object a message, with the place that the kernel refuses', async () => {
  const refused = objects(
    await decode([capture('tc.pcap'), '--json', '--filter', 'error < 0', '--c-names']),
  )
  assert.ok(refused.length > 0)
  for (const { operation, body } of refused) {
    assert.is(operation, 'NLMSG_ERROR')
    assert.ok(body.error < 0)
  }
})

forms('what the kernel refuses, in the request that was sent', async () => {
  const request = newLink({ flags: NLM_F_REQUEST, seq: 7, ifname: 'eth0' })
  const refusal = message(
    // NLM_F_CAPPED and NLM_F_ACK_TLVS: the request's header alone, then an NLMSGERR_ATTR_OFFS.
    { type: 2, seq: 7, pid: 9, flags: 0x300 },
    new Uint8Array(Int32Array.of(-22).buffer),
    request.subarray(0, 16),
    attribute(2, new Uint8Array(Uint32Array.of(32).buffer)),
  )
  const file = [writer.start(), packet(request), packet(refusal)]
  const [, answer] = objects(await decode(['-', '--json'], file))
  assert.equal([answer.answers, answer.at], [{ frame: 1, message: 1 }, 'rt-link/newlink/ifname'])
  const { stdout } = await decode(['-'], file)
  assert.match(stdout, /error=-22 .*at rt-link\/newlink\/ifname\n$/)
})

forms('an object a node, whose leaves cover every byte', async () => {
  const nodes = objects(await decode([capture('big-endian.pcap'), '--nodes']))
  const ends = new Map<number, number>()
  for (const [index, node] of nodes.entries()) {
    if (node.kind === 'frame') {
      assert.equal([node.start, node.path], [0, ''])
      ends.set(node.frame, 0)
    }
    const next = nodes[index + 1]
    const isLeaf = next?.frame !== node.frame || next.start >= node.end
    if (!isLeaf) continue
    assert.is(node.start, ends.get(node.frame), JSON.stringify(node))
    ends.set(node.frame, node.end)
  }
  const frames = nodes.filter(({ kind }) => kind === 'frame')
  for (const { frame, end } of frames) assert.is(ends.get(frame), end)
  const mtu = nodes.find(({ path }) => path === 'rt-link/newlink/mtu')
  assert.equal(Object.keys(mtu), [
    'frame',
    'message',
    'start',
    'end',
    'kind',
    'path',
    'status',
    'value',
  ])
})

forms('a tree a frame, as the printer has it', async () => {
  const dissector = new Dissector({ schema })
  const expected: string[] = []
  for await (const frame of readCapture(await readFile(capture('big-endian.pcap')))) {
    const tree = dissector.dissectFrame(frame)
    if (tree) expected.push(...treeLines(tree))
  }
  const { stdout } = await decode([capture('big-endian.pcap'), '--tree'])
  const lines = stdout.split('\n').filter((line) => /^[0-9a-f]{4,} {2}/.test(line))
  assert.equal(lines, expected)
})

/** Packets of one interface whose clock is `offset` seconds from 1970; each at a number of microseconds. */
function packetsAt(offset: bigint, ...times: bigint[]): Uint8Array[] {
  const seconds = new Uint8Array(8)
  new DataView(seconds.buffer).setBigInt64(0, offset, true)
  const data = Buffer.concat([netlinkHeader({ protocol: 0 }), newLink({ ifname: 'eth0' })])
  return [
    sectionHeader(),
    interfaceBlock('little', { options: [option(14, seconds)] }),
    ...times.map((time) =>
      enhancedPacket(data, { time: [Number(time >> 32n), Number(time & 0xffffffffn)] }),
    ),
  ]
}

forms('times before 1970, after 9999, and beyond any calendar', async () => {
  const cases: [offset: bigint, first: string, second: string][] = [
    [-2n, '1969-12-31T23:59:58.000001000Z', '1969-12-31T23:59:59.500000000Z'],
    [-62_167_219_200n, '0000-01-01T00:00:00.000001000Z', '0000-01-01T00:00:01.500000000Z'],
    [253_402_300_799n, '9999-12-31T23:59:59.000001000Z', '+010000-01-01T00:00:00.500000000Z'],
    [-(2n ** 63n), '-9223372036854775807.999999000', '-9223372036854775806.500000000'],
    [2n ** 63n - 1n, '9223372036854775807.000001000', '9223372036854775808.500000000'],
  ]
  for (const [offset, ...times] of cases) {
    const file = packetsAt(offset, 1n, 1_500_000n)
    assert.equal(
      objects(await decode(['-', '--json'], file)).map(({ time }) => time),
      times,
    )
    const tree = (await decode(['-', '--tree'], file)).stdout.match(/^frame .*$/gm)
    assert.equal(tree, [`frame 1 ${times[0]}`, `frame 2 ${times[1]}`])
    const lines = (await decode(['-'], file)).stdout.match(/^\d+ \S+/gm)
    assert.equal(lines, ['1 0.000000000', '2 1.499999000'])
  }
})

forms('of which one at a time can be asked for', async () => {
  const { code, stderr } = await decode([capture('link.pcap'), '--json', '--tree'])
  assert.is(code, 2)
  assert.match(stderr, /cannot be used with option/)
})

forms.run()

const inputs = suite('inputs')

const generic = (...messages: Uint8Array[]) =>
  writer.packet({ data: [netlinkHeader({ protocol: 16 }), ...messages], timestamp: 2n })

inputs('a pipe, cut anywhere', async () => {
  const file = Buffer.concat([writer.start(), packet(newLink({ ifname: 'eth0' }))])
  const ran = await decode(
    ['-', '--json'],
    Array.from(file, (byte) => Uint8Array.of(byte)),
  )
  assert.is(ran.stderr, '')
  assert.is(objects(ran)[0].body.ifname, 'eth0')
})

inputs('families whose number comes after they were used, in a file', async () => {
  const ethtool = message({ type: 33 }, Uint8Array.of(1, 1, 0, 0))
  const told = message(
    { type: 16, seq: 1, pid: 9 },
    Uint8Array.of(1, 2, 0, 0),
    attribute(2, 'ethtool'),
    attribute(1, Uint8Array.of(33, 0)),
  )
  const folder = await mkdtemp(join(tmpdir(), 'netlink-wasm-'))
  try {
    const path = join(folder, 'late.pcapng')
    await writeFile(path, Buffer.concat([writer.start(), generic(ethtool), generic(told)]))
    assert.equal(
      objects(await decode([path, '--json'])).map(({ family }) => family),
      ['ethtool', 'nlctrl'],
    )
  } finally {
    await rm(folder, { recursive: true })
  }
})

inputs('families whose number the caller knows', async () => {
  const file = [writer.start(), generic(message({ type: 33 }, Uint8Array.of(1, 1, 0, 0)))]
  const unknown = objects(await decode(['-', '--json'], file))
  assert.is(unknown[0].family, 'netlink-generic')
  const known = objects(await decode(['-', '--json', '--family', 'ethtool=33'], file))
  assert.is(known[0].family, 'ethtool')
  for (const wrong of ['ethtool', 'ethtool=1024', 'ethtool=3']) {
    assert.is((await decode(['-', '--family', wrong], file)).code, 2, wrong)
  }
})

inputs('frames that are not netlink are skipped and counted', async () => {
  const other = new PcapngWriter({ interfaces: [{ linkType: 1 }] })
  const file = [other.start(), other.packet({ data: new Uint8Array(60), timestamp: 1n })]
  const { code, stdout, stderr } = await decode(['-'], file)
  assert.equal([code, stdout], [0, ''])
  assert.match(stderr, /skipped 1 frame that is not netlink/)
})

inputs('a cut file: what is whole, and the byte where it ends', async () => {
  const file = await readFile(capture('link.pcap'))
  const { code, stdout, stderr } = await decode(['-'], [file.subarray(0, 5000)])
  assert.is(code, 1)
  assert.is(stdout.trimEnd().split('\n').length, 14)
  assert.match(stderr, /expected a record of 844 bytes, got 688 of them at byte 4312/)
})

inputs('no capture, and no file', async () => {
  const none = await decode(['-'], [new TextEncoder().encode('# README\n\nHello, world')])
  assert.is(none.code, 1)
  assert.match(none.stderr, /expected a pcap or pcapng file, .* at byte 0/)
  const missing = await decode([join(tmpdir(), 'there-is-none.pcap')])
  assert.is(missing.code, 1)
  assert.match(missing.stderr, /ENOENT/)
})

inputs('more than its memory holds', async () => {
  const one = packet(newLink({ ifname: 'eth0', attributes: [[3001, new Uint8Array(60_000)]] }))
  function* stream(): Generator<Uint8Array> {
    yield writer.start()
    for (let count = 0; count < 3000; count++) yield one
  }
  const small = ['--max-old-space-size=48']
  const { code, stdout, stderr } = await decode(['-', '--filter', 'frame == 3000'], stream(), small)
  assert.equal([code, stderr], [0, ''])
  assert.match(stdout, /^3000 0\.000000000 rt-link newlink/)
})

inputs('the latest requests only, for their answers', async () => {
  const requests = new Requests()
  const dissector = new Dissector({ schema })
  let kept = 0
  const frameOf = (data: Uint8Array) => readCapture([writer.start(), packet(data)])
  const pair = async (data: Uint8Array, number: number) => {
    for await (const frame of frameOf(data)) {
      const [node] = dissector.dissectFrame(frame)?.messages ?? []
      return node && requests.pair(node, { ...frame, number }, 1)
    }
  }
  const attributes: [number, Uint8Array][] = Array.from({ length: 8000 }, () => [
    3,
    Uint8Array.of(),
  ])
  /** Of an NLMSG_ERROR: an errno of 0, and the header of the request. */
  const acknowledged = new Uint8Array(20)
  new DataView(acknowledged.buffer).setUint16(8, 16, true)
  const last = 100
  for (let seq = 1; seq <= last; seq++) {
    await pair(newLink({ flags: NLM_F_REQUEST, seq, attributes }), seq)
  }
  for (let seq = 1; seq <= last; seq++) {
    const found = await pair(message({ type: 2, seq, pid: 9 }, acknowledged), last + seq)
    assert.equal([found?.frame, found?.message], [seq, 1])
    if (found?.node) kept += found.node.tree.table.byteLength
    assert.is(found?.node !== undefined, kept > 0, 'from some request on, all are there')
  }
  assert.ok(kept > 0 && kept < 32 * 1024 * 1024, `${kept} bytes`)
})

inputs('a reader that goes away ends it without an error', async () => {
  const child = spawn('sh', [
    '-c',
    `${process.execPath} ${cli} decode "$0" | head -1`,
    capture('link.pcap'),
  ])
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  child.stdout.resume()
  await once(child, 'close')
  assert.is(stderr, '')
})

inputs.run()

const schemas = suite('schemas')

schemas('are listed, and written for the families named', async () => {
  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, 'schema', ...args])
    return { status, stdout: stdout.toString(), stderr: stderr.toString() }
  }
  assert.match(run().stdout, /^rt-link +route$/m)
  const folder = await mkdtemp(join(tmpdir(), 'netlink-wasm-'))
  try {
    const path = join(folder, 'some.schema')
    assert.equal(run('rt-link', 'ethtool', '--output', path), { status: 0, stdout: '', stderr: '' })
    const dissector = new Dissector({ schema: new Uint8Array(await readFile(path)) })
    assert.equal(dissector.families.sort(), ['ethtool', 'rt-link'])
  } finally {
    await rm(folder, { recursive: true })
  }
  const unknown = run('rt-lnk')
  assert.is(unknown.status, 2)
  assert.match(unknown.stderr, /expected the name of a family, got "rt-lnk"/)
})

schemas.run()
