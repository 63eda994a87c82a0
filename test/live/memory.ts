// What this process holds on to: heap after a collection, resident memory, fds, and handles of the loop.

import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void

/** Bytes of heap in use once nothing that can go is left: what closes late has had its turns of the loop. */
export async function heapUsed(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    await sleep(10)
    gc()
  }
  return process.memoryUsage().heapUsed
}

export function openFds(): number {
  return readdirSync('/proc/self/fd').length
}

/** Handles and requests that keep the loop alive, by kind, sorted; without those of the caller's own timers. */
export function activeResources(): string[] {
  return process
    .getActiveResourcesInfo()
    .filter((kind) => kind !== 'Timeout')
    .sort()
}

/** Timers that keep the loop alive. */
export function activeTimers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
}
