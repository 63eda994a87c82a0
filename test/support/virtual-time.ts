// Virtual time in tests: moved from timer to timer, with turns of the event loop in between for what they set off.

import type { VirtualClock } from 'netlink-wasm/testing'

const turns = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)))

/** More turns of the loop than any event takes to reach who waits for it. */
const MANY_TURNS = 20

/** Lets all that is queued be heard, however slow the machine is. */
export async function heard(): Promise<void> {
  for (let n = 0; n < MANY_TURNS; n++) await turns()
}

/** Whether a promise is settled once all that is queued has been heard. */
export async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false
  const settle = () => {
    settled = true
  }
  promise.then(settle, settle)
  await heard()
  return settled
}

/** Lets `ms` milliseconds pass. */
export async function pass(clock: VirtualClock, ms: number): Promise<void> {
  const end = clock.now() + ms
  while (clock.now() < end) {
    await turns()
    const next = Math.min(clock.next ?? end, end)
    clock.advance(Math.max(0, next - clock.now()))
  }
  await turns()
}

/** Lets time pass until `promise` is settled. */
export function passUntil<T>(clock: VirtualClock, promise: Promise<T>): Promise<T> {
  return clock.run(promise)
}
