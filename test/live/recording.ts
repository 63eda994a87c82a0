// What the tests of recordings share: a command that records, and what its file holds.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type CaptureFrame, readCapture } from 'netlink-wasm/capture'
import { cli, type Ended, type Running } from './cli.ts'
import { afterwards, ip, until } from './harness.ts'

/** A name for a file that goes with its test. */
export function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'netlink-wasm-'))
  afterwards(() => rmSync(folder, { recursive: true }))
  return join(folder, 'netlink.pcapng')
}

export async function framesOf(file: string): Promise<CaptureFrame[]> {
  const frames: CaptureFrame[] = []
  for await (const frame of readCapture(readFileSync(file))) frames.push(frame)
  return frames
}

/** Waits until the recording holds `text`: what was sent before has been received. */
export async function holds(file: string, text: string, running: Running): Promise<void> {
  await until(`${text} in the recording; it said: ${running.stderr}`, () => {
    if (running.isEnded) throw new Error(`expected it to record, got its end: ${running.stderr}`)
    return hasFile(file) && readFileSync(file).includes(text)
  })
}

export function hasFile(file: string): boolean {
  return spawnSync('test', ['-s', file]).status === 0
}

/** Starts a recording; resolves once it hears what is told. */
export function recording(file: string, ...args: string[]): Promise<Running> {
  return begun(cli('record', file, ...args), file)
}

/** Resolves once a recording hears what is told. */
export async function begun(record: Running, file: string): Promise<Running> {
  await until(`the recording to begin; it said: ${record.stderr}`, () => hasFile(file))
  for (let n = 0; !readFileSync(file).includes('begin'); n++) {
    if (n > 100) throw new Error(`expected it to record: ${record.stderr}`)
    ip(`link add name begin${n} type ifb`, `link del begin${n}`)
    await sleep(50)
  }
  return record
}

export async function ended(
  record: Running,
  signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP' = 'SIGINT',
): Promise<Ended> {
  record.child.kill(signal)
  return record.ended
}

/** What a recording said that it holds. */
export function countIn(stderr: string): number {
  const count = /^netlink-wasm: (\d+) datagrams, \d+ bytes$/m.exec(stderr)?.[1]
  if (count === undefined) throw new Error(`expected a count, got: ${stderr}`)
  return Number(count)
}
