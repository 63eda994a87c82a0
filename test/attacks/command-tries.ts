// The tries of command.ts: `command-tries.ts NAME TIMES`, in a namespace of its own for links and mounts.
// Out: what happened, in a few words; an error where the command does not hold.

import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
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
import { wholeFrames } from '../support/whole-frames.ts'

const WAIT_MS = 60_000

const [name = '', times = '1'] = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'netlink-wasm-attack-'))
const file = join(folder, 'file')

async function until(what: string, isMet: () => boolean): Promise<void> {
  const end = performance.now() + WAIT_MS
  while (!isMet()) {
    if (performance.now() > end) throw new Error(`expected ${what} within ${WAIT_MS} ms`)
    await sleep(5)
  }
}

function ip(...commands: string[]): void {
  execFileSync('ip', ['-batch', '-'], { input: `${commands.join('\n')}\n` })
}

function change(count: number): void {
  ip(...Array.from({ length: count }, (_, n) => `link set ifb7 mtu ${1400 + (n % 2)}`))
}

function mountDisk(size: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder])
}

async function stopped(
  args: string[],
  use: (running: IntoStopped, reader: StoppedReader) => Promise<string>,
) {
  const reader = new StoppedReader()
  const running = new IntoStopped(args, reader)
  try {
    return await use(running, reader)
  } finally {
    running.child.kill('SIGKILL')
    reader.close()
  }
}

const TRIES: Record<string, (count: number) => Promise<string>> = {
  watch(count) {
    ip('link add ifb7 type ifb')
    return stopped(['watch', '--json'], async (running) => {
      await running.blocked()
      for (let done = 0; done < count; done += 1000) {
        change(1000)
        await until('the events to be received', () =>
          netlinkSockets(running.pid).every(({ queued }) => queued === 0),
        )
      }
      const { peak } = running
      assert.ok(peak < 128, `${peak} MiB`)
      running.child.kill('SIGTERM')
      assert.is(await running.ended, 0)
      return `${Math.round(peak)} MiB in all, and it ends on the signal with 0`
    })
  },

  record(count) {
    ip('link add ifb7 type ifb')
    return stopped(['record', '-', '--groups', 'link'], async (running, reader) => {
      await running.blocked()
      for (let done = 0; done < count; done += 1000) change(1000)
      const { peak } = running
      assert.ok(peak < 128, `${peak} MiB`)
      const parts: Buffer[] = []
      const isOver = (condition: () => boolean) => {
        parts.push(reader.take())
        return condition()
      }
      await until('the overrun', () =>
        isOver(() => parts.some((part) => part.includes('the kernel dropped datagrams here'))),
      )
      running.child.kill('SIGTERM')
      await until('its end', () => isOver(() => running.isEnded))
      assert.is(await running.ended, 0)
      writeFileSync(file, Buffer.concat([...parts, reader.take()]))
      const { frames, cut } = await wholeFrames(file)
      assert.is(cut, 0)
      assert.match(running.stderr, new RegExp(`^netlink-wasm: ${frames} datagrams, `))
      return `${Math.round(peak)} MiB in all; the file is whole, with a comment where the kernel dropped datagrams`
    })
  },

  async signals() {
    for (const end of ENDS) await endIntoFull(end)
    return `each of ${ENDS.length} ends, with the code it has when somebody reads; no line is cut`
  },

  async full(count) {
    mountDisk('256k')
    ip('link add ifb7 type ifb')
    let lost = 0
    for (let n = 0; n < count; n++) {
      const record = spawn(process.execPath, [CLI, 'record', file], {
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      let stderr = ''
      record.stderr.setEncoding('utf8').on('data', (text: string) => {
        stderr += text
      })
      const ended = new Promise((resolve) => record.on('close', resolve))
      await until('the recording', () => existsSync(file))
      await until('the disk to be full', () => {
        change(100)
        return record.exitCode !== null
      })
      assert.is(await ended, 1)
      const [, unwritten, all] =
        /ENOSPC.* (\d+) of (\d+) datagrams were not written\n$/.exec(stderr) ?? []
      const { frames, cut } = await wholeFrames(file)
      assert.is(cut, 0)
      assert.is(frames, Number(all) - Number(unwritten), stderr)
      lost += Number(unwritten)
      rmSync(file)
    }
    return `each file is whole; exit code 1, and the error counts the datagrams that are not in it (${lost} in all)`
  },

  async printed() {
    mountDisk('16k')
    const { status, stderr } = spawnSync(
      'sh',
      ['-c', `"$0" "$1" decode "$2" > "$3"`, process.execPath, CLI, CAPTURE, file],
      { encoding: 'utf8' },
    )
    assert.is(status, 1)
    return `exit code ${status}, "${stderr.trim()}"`
  },

  async kill(count) {
    ip('link add ifb7 type ifb')
    const storm = spawn(
      'sh',
      [
        '-c',
        'while :; do echo "$0"; done | ip -batch -',
        'link set ifb7 mtu 1400\nlink set ifb7 mtu 1401',
      ],
      { stdio: 'ignore', detached: true },
    )
    const cuts: number[] = []
    try {
      for (let n = 0; n < count; n++) {
        rmSync(file, { force: true })
        const record = spawn(process.execPath, [CLI, 'record', file, '--groups', 'link'], {
          stdio: 'ignore',
        })
        const ended = new Promise((resolve) => record.on('close', resolve))
        await until('the recording', () => existsSync(file) && statSync(file).size > 20_000)
        await sleep(Math.random() * 50)
        record.kill('SIGKILL')
        await ended
        const { frames, cut } = await wholeFrames(file)
        assert.ok(frames > 10)
        if (cut > 0) cuts.push(cut)
      }
    } finally {
      if (storm.pid) process.kill(-storm.pid, 'SIGKILL')
    }
    assert.ok(
      cuts.every((cut) => cut < 2000),
      `${cuts}`,
    )
    return `${cuts.length} of ${count} files are cut, each within its last block; all before it is whole`
  },

  async keys() {
    process.umask(0o022)
    execFileSync(process.execPath, [CLI, 'record', file, '--timeout', '0'], { stdio: 'ignore' })
    const page = join(folder, 'page.html')
    execFileSync(process.execPath, [CLI, 'view', CAPTURE, '--no-open', '--output', page])
    const modes = [file, page].map((path) => (statSync(path).mode & 0o777).toString(8))
    assert.equal(modes, ['600', '600'])
    return 'readable by their owner alone (0600)'
  },
}

try {
  console.log(await TRIES[name]?.(Number(times)))
} finally {
  spawnSync('umount', ['-q', folder])
  rmSync(folder, { recursive: true })
}
