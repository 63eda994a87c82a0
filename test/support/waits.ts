// What tests of the waiters share: a machine with two links, and whether a promise is settled by now.

import { type LinkMonitor, openLinkMonitor } from 'netlink-wasm'
import { type FakeKernel, fakeKernel } from 'netlink-wasm/testing'
import { test } from 'uvu'
import { sleep, until } from './monitor.ts'

/** Time enough for any wait that is to be met. */
export const SOON = { timeout: 60_000 }

export interface Machine {
  kernel: FakeKernel
  monitor: LinkMonitor
}

/** eth1 (altname wan) and eth2, both up. */
async function machine(links = [{ altnames: ['wan'] }, {}]): Promise<Machine> {
  const kernel = fakeKernel({ links })
  return { kernel, monitor: await openLinkMonitor({ socket: kernel, ...SOON }) }
}

export const MAC1 = '02:00:00:00:00:01'

/** Whether `promise` is still pending after what is queued has been heard. */
export async function isPending(promise: Promise<unknown>, kernel: FakeKernel): Promise<boolean> {
  let isSettled = false
  const settle = () => {
    isSettled = true
  }
  promise.then(settle, settle)
  await until(() => kernel.isEmpty, 'the kernel to be heard')
  await sleep(5)
  return !isSettled
}

/** What a promise gives when it gives it at once: before the loop has turned. */
export async function now<T>(promise: Promise<T>): Promise<T | 'later'> {
  const turn = new Promise<'later'>((resolve) => setImmediate(() => resolve('later')))
  return Promise.race([promise, turn])
}

export function waits(name: string, run: (it: Machine) => Promise<void>): void {
  test(name, async () => {
    const it = await machine()
    try {
      await run(it)
    } finally {
      it.monitor.close()
    }
  })
}
