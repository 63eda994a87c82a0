// `netlink-wasm record` on the real kernel: the file holds what was told, however the recording ends.

import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, readFileSync, statSync } from 'node:fs'
import { Writable } from 'node:stream'
import { type Request, recordNetlink, recordSources } from 'netlink-wasm'
import { netlinkFraming } from 'netlink-wasm/capture'
import { doneMessage } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { IntoStopped } from '../support/stopped-reader.ts'
import { wholeFrames } from '../support/whole-frames.ts'
import { CLI, cli, cliResult, start } from './cli.ts'
import { afterwards, ip, live, until } from './harness.ts'
import { begun, countIn, ended, framesOf, hasFile, holds, newFile, recording } from './recording.ts'

/** Changes ifb7 until the test has ended. */
function storm(): void {
  const changes = spawn('ip', ['-batch', '-'], { stdio: ['pipe', 'ignore', 'ignore'] })
  afterwards(() => changes.kill('SIGKILL'))
  changes.stdin.on('error', () => {}) // It is killed before it has read all.
  changes.stdin.end('link set ifb7 mtu 1400\nlink set ifb7 mtu 1401\n'.repeat(50_000))
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

live('signals and a timeout end it with 0, the file whole', async () => {
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
    const file = newFile()
    const record = await recording(file)
    const { code, stderr } = await ended(record, signal)
    assert.is(code, 0, signal)
    assert.is((await framesOf(file)).length, countIn(stderr))
  }

  const timed = newFile()
  const timeout = await cliResult('record', timed, '--timeout', '0.3')
  assert.equal([timeout.code, timeout.stdout, countIn(timeout.stderr)], [0, '', 0])
  assert.equal(await framesOf(timed), [])
})

live('killed in a storm, the file is whole but for the last block', async () => {
  const file = newFile()
  const record = await recording(file, '--groups', 'link')
  ip('link add ifb7 type ifb')
  storm()
  await holds(file, 'ifb7', record)
  const { size } = statSync(file)
  await until('the storm to be recorded', () => statSync(file).size > size + 200_000)
  record.child.kill('SIGKILL')
  await record.ended
  const { frames, cut } = await wholeFrames(file)
  assert.ok(frames > 100)
  assert.ok(cut < 4096, `${cut} bytes behind the last whole block`)
})

live('a disk that is full ends it: the file is whole, and what is lost is told', async () => {
  const file = newFile()
  // A limit on the file's size stands for the disk: both take a part of a block, and then refuse.
  const limited = ['-c', 'ulimit -f 200; exec "$@"', 'sh', process.execPath, CLI, 'record', file]
  const record = await begun(start('sh', [...limited, '--groups', 'link']), file)
  ip('link add ifb7 type ifb')
  storm()
  const { code, stderr } = await record.ended
  assert.is(code, 1)
  const [, path, lost, all] =
    /^netlink-wasm: EFBIG: [^\n]+ write '(.+)': (\d+) of (\d+) datagrams were not written\n$/.exec(
      stderr,
    ) ?? []
  assert.is(path, file, stderr)
  assert.is((await framesOf(file)).length, Number(all) - Number(lost))
})

live('a new file belongs to its owner alone, one that was there keeps its mode', async () => {
  const file = newFile()
  const record = () => cliResult('record', file, '--timeout', '0')
  assert.is((await record()).code, 0)
  assert.is(statSync(file).mode & 0o777, 0o600)
  chmodSync(file, 0o640)
  assert.is((await record()).code, 0)
  assert.is(statSync(file).mode & 0o777, 0o640)
})

live('a FIFO: waits for its reader, and ends on a signal or at its time also before', async () => {
  const fifo = newFile()
  execFileSync('mkfifo', [fifo])
  const idle = new IntoStopped(['record', fifo])
  afterwards(() => idle.child.kill('SIGKILL'))
  await idle.blocked()
  idle.child.kill('SIGTERM')
  assert.is(await idle.ended, 143)
  assert.is((await cliResult('record', fifo, '--timeout', '0.1')).code, 124)

  const record = cli('record', fifo, '--groups', 'link')
  const decode = cli('decode', fifo, '--json')
  await until('the recording to be decoded', () => {
    ip('link add ifb7 type ifb', 'link del ifb7')
    return decode.stdout.includes('ifb7')
  })
  record.child.kill('SIGTERM')
  const { code, stderr } = await record.ended
  assert.is(code, 0)
  const lines = (await decode.ended).stdout.trimEnd().split('\n')
  assert.is(lines.length, countIn(stderr))
})

live('decode: a FIFO that nobody writes to does not keep it from ending', async () => {
  const fifo = newFile()
  execFileSync('mkfifo', [fifo])
  const decode = new IntoStopped(['decode', fifo])
  afterwards(() => decode.child.kill('SIGKILL'))
  await decode.blocked()
  decode.child.kill('SIGINT')
  assert.is(await decode.ended, 130)
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
  assert.match(
    stderr,
    /^netlink-wasm: the kernel dropped datagrams, once: comments in the file mark where$/m,
  )
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
  storm()
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
    signal: AbortSignal.any([end.signal, AbortSignal.timeout(60_000)]),
  })
  assert.ok(end.signal.aborted, 'every request was answered')
  assert.ok(answers > 0 && stats.datagrams > requests.length, `${stats.datagrams}`)
})

test.run()
