// Commands whose reader stops: they wait, within bounds, and end on the first signal or at their time all the same.

import { readFileSync } from 'node:fs'
import { readCapture } from 'netlink-wasm/capture'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { netlinkSockets } from '../support/netlink-sockets.ts'
import {
  CAPTURE,
  CLI,
  ENDS,
  endIntoFull,
  IntoStopped,
  StoppedReader,
} from '../support/stopped-reader.ts'
import { cliEnv, start } from './cli.ts'
import { afterwards, has, ip, live, until } from './harness.ts'

const timeoutMs = 120_000

function stoppedReader(): StoppedReader {
  const reader = new StoppedReader()
  afterwards(() => reader.close())
  return reader
}

function into(reader: StoppedReader, args: string[], isStderrToo = false): IntoStopped {
  const running = new IntoStopped(args, reader, isStderrToo)
  afterwards(async () => {
    running.child.kill('SIGKILL')
    await running.ended
  })
  return running
}

for (const end of ENDS) {
  const [command] = end.args
  const { signal = end.args.slice(-2).join(' ') } = end
  live(`${command}: nobody reads; ${signal} ends it with ${end.end}`, async () => {
    const { stderr } = await endIntoFull(end)
    if (end.args.includes('--stats')) assert.match(stderr, /^netlink-wasm: \{.*"dumps":1,/)
  })
}

live('what goes to standard error is not waited for either', async () => {
  const reader = stoppedReader()
  reader.fill()
  const running = into(reader, ['watch', '--stats'], true)
  await running.blocked()
  running.child.kill('SIGTERM')
  assert.is(await running.ended, 0)
})

live('a second signal ends at once what the first one would give a moment', async () => {
  const reader = stoppedReader()
  reader.fill()
  const running = into(reader, ['record', '-'])
  await running.blocked()
  running.child.kill('SIGINT')
  running.child.kill('SIGINT')
  assert.is(await running.ended, 0)
})

live('decode: what the reader has when it stops is whole lines', async () => {
  const reader = stoppedReader()
  const running = into(reader, ['decode', CAPTURE, '--json'])
  await running.blocked()
  running.child.kill('SIGTERM')
  assert.is(await running.ended, 143)
  const lines = reader.take().toString().split('\n')
  assert.is(lines.pop(), '')
  assert.ok(lines.length > 10, `${lines.length} lines`)
  for (const line of lines) JSON.parse(line)
})

/** A link with long names, so that each of its events is large. */
function addNamed(): void {
  const names = Array.from({ length: 7 }, (_, n) => `altname ${`${n}`.repeat(127)}`)
  ip('link add ifb7 type ifb', `link property add dev ifb7 ${names.join(' ')}`)
}

function change(times: number): void {
  ip(...Array.from({ length: times }, (_, n) => `link set ifb7 mtu ${1400 + (n % 2)}`))
}

/** Waits until it has received what the kernel had for it. */
function received({ pid }: IntoStopped): Promise<void> {
  return until('its receive buffer to be empty', () => {
    const sockets = netlinkSockets(pid)
    return sockets.length > 0 && sockets.every(({ queued }) => queued === 0)
  })
}

live('watch: events that nobody reads are coalesced, and take no more memory', async () => {
  addNamed()
  const reader = stoppedReader()
  const running = into(reader, ['watch', '--json'])
  await running.blocked()
  const peaks: number[] = []
  for (let round = 0; round < 12; round++) {
    change(1000)
    await received(running)
    peaks.push(running.peak)
  }
  ip('link set ifb7 mtu 1234')
  let text = ''
  await until('the last change', () => {
    text += reader.take()
    return text.includes('"mtu":1234')
  })
  running.child.kill('SIGTERM')
  assert.is(await running.ended, 0)
  const lines = text.trimEnd().split('\n')
  const coalesced = lines.map((line) => JSON.parse(line)).find(({ event }) => event === 'coalesced')
  assert.ok(coalesced?.dropped > 1000, `${coalesced?.dropped} dropped`)
  assert.ok(lines.length < 2000, `${lines.length} lines`)
  // The first events fill the heap's young generation.
  assert.ok((peaks[11] as number) - (peaks[3] as number) < 8, `${peaks} MiB`)
})

async function framesIn(bytes: Uint8Array) {
  const frames = []
  for await (const frame of readCapture([bytes])) frames.push(frame)
  return frames
}

live('record -: what nobody reads stays in the kernel, and what it drops is told', async () => {
  addNamed()
  const reader = stoppedReader()
  const running = into(reader, ['record', '-', '--groups', 'link', '--buffer', '500000'])
  await running.blocked()
  const before = running.peak
  for (let round = 0; round < 10; round++) change(1000)
  const grown = running.peak - before
  const parts: Buffer[] = []
  const readUntil = (text: string) =>
    until(`${text} in the recording`, () => {
      parts.push(reader.take())
      return Buffer.concat(parts).includes(text)
    })
  await readUntil('the kernel dropped datagrams here')
  ip('link add name last type ifb')
  await readUntil('last')
  running.child.kill('SIGTERM')
  await until('its end', () => {
    parts.push(reader.take())
    return running.isEnded
  })
  parts.push(reader.take())
  assert.is(await running.ended, 0)
  const frames = await framesIn(Buffer.concat(parts))
  assert.match(running.stderr, new RegExp(`^netlink-wasm: ${frames.length} datagrams, `))
  assert.ok(grown < 24, `${grown} MiB more`)
})

live(
  'record -: what a reader has when it stops for good is whole, the rest is counted',
  async () => {
    ip('link add ifb7 type ifb')
    const reader = stoppedReader()
    const running = into(reader, ['record', '-', '--groups', 'link'])
    await running.blocked()
    change(300)
    await received(running)
    running.child.kill('SIGTERM')
    assert.is(await running.ended, 0)
    const [, lost, all] =
      /stopped: (\d+) of (\d+) datagrams were not written\n$/.exec(running.stderr) ?? []
    assert.is((await framesIn(reader.take())).length, Number(all) - Number(lost))
  },
)

if (has('script', '--version')) {
  live('watch on a terminal that is stopped ends on a signal, too', async () => {
    ip('link add ifb7 type ifb')
    const terminal = start(
      'script',
      ['-qec', `exec '${process.execPath}' '${CLI}' watch`, '/dev/null'],
      cliEnv({ TERM: 'xterm' }),
      timeoutMs,
    )
    await until('the watch', () => terminal.stdout.includes('synced'))
    const [child] = readFileSync(
      `/proc/${terminal.pid}/task/${terminal.pid}/children`,
      'utf8',
    ).split(' ')
    terminal.child.kill('SIGSTOP')
    change(1000)
    await until('it to have what there is', () =>
      netlinkSockets(Number(child)).every(({ queued }) => queued === 0),
    )
    process.kill(Number(child), 'SIGTERM')
    await until(
      'the watch to end',
      () => /^State:\s+Z/m.test(readFileSync(`/proc/${child}/status`, 'utf8')),
      timeoutMs,
    )
    terminal.child.kill('SIGCONT')
    assert.is((await terminal.ended).code, 0)
  })
}

test.run()
