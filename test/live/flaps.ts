// Links that flap by the hand of child processes, while this process does something else, or nothing.
// In: how many links and how long. Out: running `ip -batch` processes, killed with the test.

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterwards, ip } from './harness.ts'

/** Links of a group go all at once, in a fraction of the time. */
const GROUP = 77

/** Pairs of veth links, `a0`/`b0` and so on, all up; removed with the test. */
export function addPairs(pairs: number): void {
  const all = Array.from({ length: pairs }, (_, i) => i)
  ip(...all.map((i) => `link add a${i} group ${GROUP} type veth peer name b${i}`))
  afterwards(() => ip(`link del group ${GROUP}`))
  ip(...all.flatMap((i) => [`link set a${i} up`, `link set b${i} up`]))
}

/** One round over some pairs: everything is other than before at its end, and as before after a second. */
export function flapRound(pairs: number[], round: number): string[] {
  const [state, mtu] = round % 2 === 0 ? ['down', 1300] : ['up', 1500]
  return pairs.flatMap((i) => [
    `link set ${round % 4 < 2 ? 'a' : 'b'}${i} ${state}`,
    `link set a${i} mtu ${mtu + (round % 7)}`,
    `link set b${i} txqlen ${1000 + (round % 5)}`,
  ])
}

export interface Flaps {
  /** Resolves when all have ended, or have been killed. */
  readonly ended: Promise<void>
  stop(): Promise<void>
}

/** `children` processes share the pairs; each does `rounds` rounds, and again without end if `isEndless`. */
export function flap(pairs: number, rounds: number, children: number, isEndless = false): Flaps {
  const folder = mkdtempSync(join(tmpdir(), 'netlink-wasm-flaps-'))
  const running = Array.from({ length: children }, (_, child) => {
    const share = Array.from({ length: pairs }, (_, i) => i).filter((i) => i % children === child)
    const lines = Array.from({ length: rounds }, (_, round) => flapRound(share, round)).flat()
    const file = join(folder, `${child}.batch`)
    writeFileSync(file, `${lines.join('\n')}\n`)
    return isEndless ? endless(file) : spawn('ip', ['-force', '-batch', file], { stdio: 'ignore' })
  })
  const ended = Promise.all(running.map(end)).then(() => {})
  const stop = async () => {
    for (const { pid, exitCode, signalCode } of running) {
      if (pid !== undefined && exitCode === null && signalCode === null) kill(pid, isEndless)
    }
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  afterwards(stop)
  return { ended, stop }
}

/** In a process group of its own, so that `ip` goes with its shell. */
function endless(file: string): ChildProcess {
  const script = 'while :; do ip -force -batch "$0"; done'
  return spawn('sh', ['-c', script, file], { stdio: 'ignore', detached: true })
}

function kill(pid: number, isGroup: boolean): void {
  try {
    process.kill(isGroup ? -pid : pid, 'SIGKILL')
  } catch {
    // It has ended meanwhile.
  }
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', () => resolve())
  })
}
