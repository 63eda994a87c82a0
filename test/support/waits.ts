// What tests of the waits share: a machine with two links, watched by either monitor, and whether a promise is settled by now.

import {
  type LinkMonitor,
  type NetworkMonitor,
  openLinkMonitor,
  openNetworkMonitor,
} from 'netlink-wasm'
import { type FakeKernel, fakeKernel } from 'netlink-wasm/testing'
import { test } from 'uvu'
import { until } from './monitor.ts'
import { isSettled } from './virtual-time.ts'

/** Time enough for any wait that is to be met. */
export const SOON = { timeout: 60_000 }

/** Both have the waits for links. */
export type Monitor = LinkMonitor | NetworkMonitor

export interface Machine {
  kernel: FakeKernel
  monitor: Monitor
}

const OPENERS = { 'a link monitor': openLinkMonitor, 'a network monitor': openNetworkMonitor }

export const MAC1 = '02:00:00:00:00:01'

/** Whether `promise` is still pending after what is queued has been heard. */
export async function isPending(promise: Promise<unknown>, kernel: FakeKernel): Promise<boolean> {
  await until(() => kernel.isEmpty, 'the kernel to be heard')
  return !(await isSettled(promise))
}

/** What a promise gives when it gives it at once: before the loop has turned. */
export async function now<T>(promise: Promise<T>): Promise<T | 'later'> {
  const turn = new Promise<'later'>((resolve) => setImmediate(() => resolve('later')))
  return Promise.race([promise, turn])
}

/** A test of each monitor, on a machine with eth1 (altname wan) and eth2, both up. */
export function waits(name: string, run: (it: Machine) => Promise<void>): void {
  for (const [what, open] of Object.entries(OPENERS)) {
    test(`${what}: ${name}`, async () => {
      const kernel = fakeKernel({ links: [{ altnames: ['wan'] }, {}] })
      const monitor = await open({ socket: kernel, ...SOON })
      try {
        await run({ kernel, monitor })
      } finally {
        monitor.close()
      }
    })
  }
}
