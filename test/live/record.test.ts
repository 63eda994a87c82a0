// `netlink-wasm record` on the real kernel: the file holds what was told, however the recording ends, and
// tshark and capinfos read it; replayed, the waits answer as they did.

import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  openLinkMonitor,
  type Request,
  RTM_DELLINK,
  recordNetlink,
  recordSources,
  waitForMediaDisconnectConnect,
  waitForNicAttachEvent,
} from 'netlink-wasm'
import { type CaptureFrame, netlinkFraming, readCapture } from 'netlink-wasm/capture'
import { doneMessage, replayCapture } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CLI, cli, cliEnv, cliResult, type Ended, type Running, start } from './cli.ts'
import { afterwards, has, ip, live, until, WAIT_MS } from './harness.ts'

/** A name for a file that goes with its test. */
function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'netlink-wasm-'))
  afterwards(() => rmSync(folder, { recursive: true }))
  return join(folder, 'netlink.pcapng')
}

async function framesOf(file: string): Promise<CaptureFrame[]> {
  const frames: CaptureFrame[] = []
  for await (const frame of readCapture(readFileSync(file))) frames.push(frame)
  return frames
}

/** Waits until the recording holds `text`: what was sent before has been received. */
async function holds(file: string, text: string, running: Running): Promise<void> {
  await until(`${text} in the recording; it said: ${running.stderr}`, () => {
    if (running.isEnded) throw new Error(`expected it to record, got its end: ${running.stderr}`)
    return hasFile(file) && readFileSync(file).includes(text)
  })
}

function hasFile(file: string): boolean {
  return spawnSync('test', ['-s', file]).status === 0
}

/** Starts a recording; resolves once it hears what is told. */
async function recording(file: string, ...args: string[]): Promise<Running> {
  const record = cli('record', file, ...args)
  await until(`the recording to begin; it said: ${record.stderr}`, () => hasFile(file))
  for (let n = 0; !readFileSync(file).includes('begin'); n++) {
    if (n > 100) throw new Error(`expected it to record: ${record.stderr}`)
    ip(`link add name begin${n} type ifb`, `link del begin${n}`)
    await sleep(50)
  }
  return record
}

async function ended(record: Running, signal: 'SIGINT' | 'SIGTERM' = 'SIGINT'): Promise<Ended> {
  record.child.kill(signal)
  return record.ended
}

/** What a recording said that it holds. */
function countIn(stderr: string): number {
  const count = /^netlink-wasm: (\d+) datagrams, \d+ bytes$/m.exec(stderr)?.[1]
  if (count === undefined) throw new Error(`expected a count, got: ${stderr}`)
  return Number(count)
}

live('events become frames; their number is the one told', async () => {
  const file = newFile()
  const record = await recording(file)
  ip('link add veth0 type veth peer name veth1', 'link set veth0 up', 'link set veth1 up')
  ip('address add 192.0.2.1/24 dev veth0', 'link add name last type ifb')
  await holds(file, 'last', record)
  const { code, stdout, stderr } = await ended(record)
  assert.equal([code, stdout], [0, ''])
  const frames = await framesOf(file)
  assert.is(countIn(stderr), frames.length)
  const now = BigInt(Date.now()) * 1_000_000n
  let before = 0n
  for (const frame of frames) {
    const framing = netlinkFraming(frame)
    assert.equal([framing?.isNetlink, framing?.protocol], [true, 0])
    const { timestamp = 0n } = frame
    assert.ok(
      timestamp >= before && now - timestamp < 60_000_000_000n && timestamp <= now + 1_000_000_000n,
    )
    before = timestamp
  }
  const types = new Set(frames.map(({ data }) => (data[20] ?? 0) + 256 * (data[21] ?? 0)))
  // RTM_NEWLINK, DELLINK, NEWADDR, NEWROUTE
  for (const type of [16, 17, 20, 24]) assert.ok(types.has(type), `type ${type}`)
})

live('SIGTERM and a timeout end it with 0, the file whole', async () => {
  const file = newFile()
  const record = await recording(file)
  const { code, stderr } = await ended(record, 'SIGTERM')
  assert.is(code, 0)
  assert.is((await framesOf(file)).length, countIn(stderr))

  const timed = newFile()
  const timeout = await cliResult('record', timed, '--timeout', '0.3')
  assert.equal([timeout.code, timeout.stdout, countIn(timeout.stderr)], [0, '', 0])
  assert.equal(await framesOf(timed), [])
})

live('killed in a storm, the file is whole as far as it goes', async () => {
  const file = newFile()
  const record = await recording(file, '--groups', 'link')
  const storm = spawn('ip', ['-batch', '-'], { stdio: ['pipe', 'ignore', 'ignore'] })
  afterwards(() => storm.kill('SIGKILL'))
  storm.stdin.on('error', () => {}) // It is killed before it has read all.
  ip('link add ifb7 type ifb')
  storm.stdin.end(
    Array.from({ length: 20_000 }, (_, n) => `link set ifb7 mtu ${1400 + (n % 2)}\n`).join(''),
  )
  await sleep(150)
  record.child.kill('SIGKILL')
  await record.ended
  storm.kill('SIGKILL')
  assert.ok((await framesOf(file)).length > 100)
})

live('what is queued when it is interrupted is still recorded', async () => {
  const file = newFile()
  const record = await recording(file, '--groups', 'link')
  const before = (await framesOf(file)).length
  record.child.kill('SIGSTOP')
  ip(
    'link add ifb7 type ifb',
    ...Array.from({ length: 300 }, (_, n) => `link set ifb7 mtu ${1400 + n}`),
  )
  record.child.kill('SIGINT')
  record.child.kill('SIGCONT')
  const { code, stderr } = await record.ended
  assert.is(code, 0)
  const { length } = await framesOf(file)
  assert.is(length, countIn(stderr))
  assert.ok(length >= before + 300, `${length - before}`)
})

live('overruns are counted, told, and marked where they lie', async () => {
  const file = newFile()
  const record = await recording(file, '--groups', 'link', '--buffer', '20000')
  ip('link add ifb7 type ifb')
  await holds(file, 'ifb7', record)
  record.child.kill('SIGSTOP')
  ip(...Array.from({ length: 300 }, (_, n) => `link set ifb7 mtu ${1400 + n}`))
  record.child.kill('SIGCONT')
  await until('the overrun to be recorded', () => readFileSync(file).includes('1 overrun: '))
  ip('link add name later type ifb')
  await holds(file, 'later', record)
  const { code, stderr } = await ended(record)
  assert.is(code, 0)
  assert.match(stderr, /^netlink-wasm: the kernel dropped datagrams, once: the file tells where$/m)
  const frames = await framesOf(file)
  const gap = frames.findIndex(({ comment }) => comment !== undefined)
  assert.is(frames[gap]?.comment, '1 overrun: the kernel dropped datagrams here, after this one')
  const after = frames.slice(gap + 1).map(({ data }) => Buffer.from(data))
  assert.ok(after.some((data) => data.includes('later')))
  assert.not.ok(
    after.some((data) => data.includes('ifb7')),
    'the rest of the storm was dropped',
  )
})

live('- is a pipe, and a reader that goes away ends it quietly', async () => {
  const script = '"$0" "$1" record - --dump --timeout 0.5 | wc -c'
  const { code, stdout } = await start(
    'sh',
    ['-c', script, process.execPath, CLI],
    cliEnv(),
    WAIT_MS,
  ).ended
  assert.is(code, 0)
  assert.ok(Number(stdout) > 1000, stdout)

  const record = cli('record', '-')
  await until('the head of the file', () => record.stdout.length > 0)
  record.child.stdout.destroy()
  await until('the recording to end', () => {
    ip('link set lo up', 'link set lo down')
    return record.isEnded
  })
  const { code: gone, stderr } = await record.ended
  assert.equal([gone, stderr], [0, ''])
})

live('record - | netlink-wasm decode -', async () => {
  ip('link add ifb7 type ifb')
  const script = '"$0" "$1" record - --dump --groups link --timeout 0.5 | "$0" "$1" decode - --json'
  const piped = start('sh', ['-c', script, process.execPath, CLI], cliEnv(), WAIT_MS)
  const { code, stdout, stderr } = await piped.ended
  assert.is(code, 0, stderr)
  assert.ok(stdout.includes('"ifb7"'), stdout.slice(0, 500))
  const frames = new Set(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).frame),
  )
  assert.is(frames.size, countIn(stderr))
})

live('usage: an unknown group, no file; and a file that cannot be written', async () => {
  const file = newFile()
  const unknown = await cliResult('record', file, '--groups', 'link', 'nosuch/group')
  assert.equal([unknown.code, unknown.stdout, hasFile(file)], [2, '', false])
  assert.match(unknown.stderr, /^netlink-wasm: expected a group, got "nosuch\/group"; known are\n/)
  for (const known of ['ipv4-ifaddr', 'netfilter/conntrack-new', 'nlctrl/notify']) {
    assert.ok(unknown.stderr.split(/\s+/).includes(known), known)
  }
  for (const args of [
    ['record'],
    ['record', file, '--buffer', '0'],
    ['record', file, '-t', 'soon'],
  ]) {
    assert.is((await cliResult(...args)).code, 2, args.join(' '))
  }
  const elsewhere = await cliResult('record', '/nowhere/netlink.pcapng')
  assert.is(elsewhere.code, 1)
  assert.match(elsewhere.stderr, /^netlink-wasm: ENOENT: [^\n]+\n$/)
})

live('groups above 32, of other protocols and of generic families', async () => {
  const file = newFile()
  const groups = 'link,brvlan,nfnetlink/conntrack-new,nlctrl/notify,uevent/1,xfrm/sa'
  const record = await recording(file, '--groups', groups)
  const { code, stderr } = await ended(record)
  assert.is(code, 0, stderr)
  const frames = await framesOf(file)
  const generic = frames.filter((frame) => netlinkFraming(frame)?.protocol === 16)
  // The kernel's list of families, so that others can be decoded.
  assert.ok(generic.some(({ data }) => Buffer.from(data).includes('nlctrl\0')))
  const uevents = frames.filter((frame) => netlinkFraming(frame)?.protocol === 15)
  assert.ok(
    uevents.some(({ data }) => Buffer.from(data).includes('add@/devices/virtual/net/begin')),
  )
})

live('--dump: the recording starts with what is there', async () => {
  ip('link add veth0 type veth peer name veth1', 'link set veth0 up', 'link set veth1 up')
  ip('address add 192.0.2.1/24 dev veth0', 'route add 198.51.100.0/24 dev veth0')
  ip('neighbour add 192.0.2.9 lladdr 02:00:00:00:00:09 dev veth0')
  const file = newFile()
  const { code } = await cliResult('record', file, '--dump', '--timeout', '1')
  assert.is(code, 0)
  const frames = await framesOf(file)
  const has = (type: number, ...bytes: number[]) =>
    frames.some(({ data }) => {
      const message = Buffer.from(data)
      return message.readUInt16LE(20) === type && message.includes(Buffer.from(bytes))
    })
  assert.ok(has(16, ...Buffer.from('veth1')))
  assert.ok(has(20, 192, 0, 2, 1))
  assert.ok(has(24, 198, 51, 100, 0))
  assert.ok(has(28, 192, 0, 2, 9))
  assert.is(Buffer.from(frames[0]?.data ?? []).readUInt16LE(20), 16, 'links come first')
})

live('dumps in a storm: none of them ends the recording', async () => {
  ip('link add ifb7 type ifb', 'link add veth0 type veth peer name veth1')
  const storm = spawn('ip', ['-batch', '-'], { stdio: ['pipe', 'ignore', 'ignore'] })
  afterwards(() => storm.kill('SIGKILL'))
  storm.stdin.on('error', () => {}) // It is killed before it has read all.
  storm.stdin.end('link set ifb7 mtu 1400\nlink set ifb7 mtu 1401\n'.repeat(50_000))
  const [source] = await recordSources({ groups: ['link'], dump: true })
  const requests = Array.from({ length: 500 }, () => source?.requests ?? []).flat()
  const end = new AbortController()
  let answers = 0
  const lastly: Request = (seq) => {
    end.abort()
    return doneMessage({ seq })
  }
  const stats = await recordNetlink({
    sources: [{ protocol: 0, groups: [1], requests: [...requests, lastly] }],
    sink: new Writable({
      write(_chunk, _encoding, done) {
        answers++
        done()
      },
    }),
    signal: AbortSignal.any([end.signal, AbortSignal.timeout(15_000)]),
  })
  assert.ok(end.signal.aborted, 'every request was answered')
  assert.ok(answers > 0 && stats.datagrams > requests.length, `${stats.datagrams}`)
})

live('replayed, the waits answer as they did, in the time of the recording', async () => {
  ip('link add veth8 type veth peer name veth9', 'link set veth8 up', 'link set veth9 up')
  const file = newFile()
  const record = await recording(file, '--groups', 'link', '--dump')
  const monitor = await openLinkMonitor({ timeout: WAIT_MS })
  afterwards(() => monitor.close())
  const limits = { timeout: WAIT_MS }
  /** The same waits, whatever they run on; `act` makes happen what they wait for. */
  const story = async (it: typeof monitor, act: (...commands: string[]) => void) => {
    const answers: unknown[] = []
    const attached = it.waitForAttach({
      ...limits,
      match: ({ ifname }) => /^(hot|lan)/.test(ifname),
      settle: 400,
    })
    act('link add hot0 type veth peer name peer0')
    await sleep(act === silent ? 0 : 100)
    act('link set hot0 name lan0')
    const nic = await attached
    answers.push(nic.ifname)
    const up = it.waitForOperState(nic.ifindex, 'UP', limits)
    act('link set lan0 up', 'link set peer0 up')
    answers.push((await up).operstate)
    const switched = it.waitForMediaSwitch('lan0', limits)
    act('link set peer0 down')
    await sleep(act === silent ? 0 : 1500)
    act('link set peer0 up')
    const { ifname, operstate, mtu, address } = await switched
    answers.push({ ifname, operstate, mtu, address })
    const detached = it.waitForDetach('lan0', limits)
    act('link del lan0')
    answers.push((await detached)?.ifname)
    return answers
  }
  const silent = () => {}
  const told = await story(monitor, (...commands) => void ip(...commands))
  assert.equal(told.slice(0, 2), ['lan0', 'UP'])
  await until('the end to be recorded', async () =>
    (await framesOf(file)).some(({ data }) => {
      const message = Buffer.from(data)
      return message.readUInt16LE(20) === RTM_DELLINK && message.includes('lan0\0')
    }),
  )
  await ended(record)

  const began = performance.now()
  const replayed = await openLinkMonitor({ socket: replayCapture(await framesOf(file)) })
  assert.ok(replayed.links.find('veth8'), 'links of before the recording')
  assert.equal(await story(replayed, silent), told)
  replayed.close()
  assert.ok(performance.now() - began < 1000, `${performance.now() - began} ms`)

  const seed = replayCapture(await framesOf(file))
  const existing = [
    'lo',
    'veth8',
    'veth9',
    'peer0',
    ...Array.from({ length: 101 }, (_, n) => `begin${n}`),
  ]
  assert.is(await waitForNicAttachEvent(seed, existing, limits), 'hot0')
  await waitForMediaDisconnectConnect(seed, 'lan0', limits)
})

live('a recording through a pipe, replayed from the stream that it is', async () => {
  const script = '"$0" "$1" record - --dump --groups link --timeout 0.5 > "$2"'
  ip('link add ifb7 type ifb')
  const file = newFile()
  const args = ['-c', script, process.execPath, CLI, file]
  assert.is((await start('sh', args, cliEnv(), WAIT_MS).ended).code, 0)
  const monitor = await openLinkMonitor({ socket: replayCapture(readCapture(readFileSync(file))) })
  assert.is(monitor.links.find('ifb7')?.linkinfo?.info_kind, 'ifb')
  monitor.close()
})

if (has('tshark', '--version') && has('capinfos', '--version')) {
  live('capinfos and tshark read it, and see what it holds', async () => {
    const file = newFile()
    const record = await recording(file, '--dump', '--groups', 'link', 'nlctrl/notify')
    ip('link add ifb7 type ifb')
    await holds(file, 'ifb7', record)
    const { stderr } = await ended(record)
    const frames = await framesOf(file)
    assert.is(countIn(stderr), frames.length)

    const infos = execFileSync('capinfos', ['-M', '-T', '-m', '-c', '-E', file], {
      encoding: 'utf8',
    })
    assert.ok(infos.includes(`,${frames.length}`), infos)

    const json = execFileSync('tshark', ['-T', 'json', '-r', file], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const packets: { _source: { layers: Record<string, Record<string, unknown>> } }[] =
      JSON.parse(json)
    assert.is(packets.length, frames.length)
    for (const [at, { _source }] of packets.entries()) {
      const { layers } = _source
      const frame = layers.frame as Record<string, string>
      assert.is(Number(frame['frame.len']), frames[at]?.originalLength)
      assert.is(frame['frame.interface_id'], String(frames[at]?.interfaceId))
      const nanoseconds = BigInt((frame['frame.time_epoch'] ?? '0').replace('.', ''))
      assert.is(nanoseconds, frames[at]?.timestamp)
      const hasNetlink = Object.keys(layers).some((layer) => layer.startsWith('netlink'))
      assert.ok(hasNetlink, Object.keys(layers).join())
    }
    assert.ok(json.includes('ifb7'))
  })

  live('record - | tshark -r -', async () => {
    const script =
      '"$0" "$1" record - --dump --groups link --timeout 0.5 | tshark -r - 2>/dev/null | wc -l'
    const { stdout, stderr } = await start(
      'sh',
      ['-c', script, process.execPath, CLI],
      cliEnv(),
      WAIT_MS,
    ).ended
    assert.is(Number(stdout), countIn(stderr))
    assert.ok(Number(stdout) > 0)
  })
}

if (has('script', '--version')) {
  live('a live count on a terminal, and no binary on one', async () => {
    const file = newFile()
    const onTerminal = (args: string) =>
      start(
        'script',
        ['-qec', `'${process.execPath}' '${CLI}' ${args}`, '/dev/null'],
        cliEnv(),
        WAIT_MS,
      ).ended
    const counted = await onTerminal(`record ${file} --dump --timeout 0.6`)
    assert.is(counted.code, 0)
    const lines = counted.stdout.replaceAll('\r\x1b[K', '\n').replaceAll('\r', '')
    assert.match(lines, /^\d+ datagrams, \d+ bytes$/m)
    assert.is(countIn(lines), (await framesOf(file)).length)
    const refused = await onTerminal('record -')
    assert.is(refused.code, 2)
    assert.ok(refused.stdout.includes('got a terminal'))
  })
}

test.run()
