// What every command has in common: statistics on SIGUSR1, JSON with times, and words that were mistyped or refused.

import { execFileSync } from 'node:child_process'
import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CLI, cli, cliEnv, type Running, start } from './cli.ts'
import { afterwards, ip, live, until } from './harness.ts'
import { newFile, recording } from './recording.ts'

const WHAT: Record<string, () => Promise<Running>> = {
  watch: () => waiting('watch'),
  wait: () => waiting('wait', 'detach', 'ifb7'),
  record: () => recording(newFile()),
  async decode() {
    const path = fifo()
    const running = cli('decode', path)
    writeFileSync(hold(path), readFileSync(new URL('../captures/link.pcap', import.meta.url)))
    await until('the frames', () => running.stdout !== '')
    return running
  },
  async subscribe() {
    const running = cli('subscribe', 'rt-link')
    await until('a notification', () => {
      ip('link add ifb6 type ifb', 'link del ifb6')
      return running.stdout !== ''
    })
    return running
  },
}

async function waiting(...args: string[]): Promise<Running> {
  const running = cli(...args)
  await running.waiting()
  return running
}

/** A new FIFO. */
function fifo(): string {
  const path = newFile()
  execFileSync('mkfifo', [path])
  return path
}

/** Keeps a FIFO open, so that its reader waits for more. Returns the fd. */
function hold(path: string): number {
  const fd = openSync(path, 'r+')
  afterwards(() => closeSync(fd))
  return fd
}

for (const [command, begin] of Object.entries(WHAT)) {
  live(`SIGUSR1 prints what ${command} has counted, and it runs on`, async () => {
    ip('link add ifb7 type ifb')
    const running = await begin()
    await until('statistics', () => {
      ip('link set ifb7 mtu 1400', 'link set ifb7 mtu 1500')
      running.child.kill('SIGUSR1')
      return /^netlink-wasm: \{".*":[1-9].*\}$/m.test(running.stderr)
    })
    for (const line of running.stderr.trimEnd().split('\n')) {
      assert.type(JSON.parse(line.replace('netlink-wasm: ', '')), 'object')
    }
    assert.not.ok(running.isEnded)
    running.child.kill('SIGTERM')
    await running.ended
    assert.not.match(running.stderr, 'Debugger')
  })
}

/** Whether a process has opened a file. */
function hasOpened(pid: number, path: string): boolean {
  return readdirSync(`/proc/${pid}/fd`).some((fd) => linkOf(`/proc/${pid}/fd/${fd}`) === path)
}

/** An fd may be closed between the two looks. */
function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}

/** Whether the event loop of a process waits for its standard input. */
function pollsInput(pid: number): boolean {
  return readdirSync(`/proc/${pid}/fd`).some(
    (fd) =>
      linkOf(`/proc/${pid}/fd/${fd}`) === 'anon_inode:[eventpoll]' &&
      /^tfd: +0 /m.test(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'latin1')),
  )
}

live('SIGUSR1 starts no debugger in a command that prints no statistics', async () => {
  const path = fifo()
  const fd = openSync(path, 'r+')
  const view = cli('view', path, '--no-open', '--output', newFile())
  await until('the file to be opened', () => hasOpened(view.child.pid as number, path))
  for (let n = 0; n < 10; n++) view.child.kill('SIGUSR1')
  writeFileSync(fd, 'a capture')
  closeSync(fd)
  const { code, stderr } = await view.ended
  assert.equal([code, stderr], [0, ''])
})

live(
  'SIGUSR1 prints how many answers a request has, also while it waits for its input',
  async () => {
    const path = fifo()
    hold(path)
    const command = ['sh', process.execPath, CLI, 'request', 'rt-link', 'getlink']
    const request = start('sh', ['-c', `exec "$@" < ${path}`, ...command])
    await until('the command to read', () => pollsInput(request.child.pid as number))
    request.child.kill('SIGUSR1')
    await until('statistics', () => request.stderr !== '')
    assert.is(request.stderr, 'netlink-wasm: {"answers":0}\n')
  },
)

live('wait --json prints the link; watch --json tells the time', async () => {
  ip('link add ifb7 type ifb')
  const wait = await cli('wait', 'operstate', 'ifb7', 'DOWN', '--json').ended
  assert.is(JSON.parse(wait.stdout).ifname, 'ifb7')
  const watch = await cli('watch', '--json', '--timeout', '1').ended
  for (const line of watch.stdout.trimEnd().split('\n')) {
    const { time } = JSON.parse(line)
    assert.is(new Date(time).toISOString(), time)
  }
})

live('wait detach says that there is no such link', async () => {
  const { code, stdout, stderr } = await cli('wait', 'detach', 'TYPO').ended
  assert.equal([code, stdout], [0, 'TYPO\n'])
  assert.match(stderr, /^netlink-wasm: there is no link TYPO /)
})

live('--ignore does not take an option for a link', async () => {
  const { code, stderr } = await cli('wait', 'attach', '--ignore', '--timeout', '1').ended
  assert.is(code, 2)
  assert.match(stderr, /got the option --timeout/)
})

for (const [text, ...args] of [
  ['nftables/nftables takes CAP_NET_ADMIN', 'record', '-', '--groups', 'nftables/nftables,link'],
  ['audit/1 takes CAP_AUDIT_READ', 'record', '-', '--groups', 'audit/1'],
  ['nftables/mgmt takes CAP_NET_ADMIN', 'subscribe', 'nftables', 'mgmt'],
] as const) {
  live(`${args[0]}: joining ${text}`, async () => {
    const powerless = ['--bounding-set', '-all', process.execPath, CLI]
    const run = start('setpriv', [...powerless, ...args], cliEnv())
    const { code, stderr } = await run.ended
    assert.is(code, 1)
    assert.match(stderr, /^netlink-wasm: EPERM: /)
    assert.ok(stderr.endsWith(`: joining ${text}\n`), stderr)
  })
}

test.run()
