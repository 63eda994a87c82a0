// `netlink-wasm wait`: one thing to wait for, on a monitor of its own.
// In: a reference to a link and options. Out: the name to print.

import type { WaitOptions } from '../base/deadline.js'
import type { LinkMonitor } from '../monitor/link-monitor.js'
import { openLinkMonitor } from '../monitor/open-link-monitor.js'
import type { OperState } from '../objects/link-names.js'

export interface AttachFlags {
  ignore: string[] | undefined
  settle: number | undefined
}

export function waitAttach({ ignore, settle }: AttachFlags, options: WaitOptions): Promise<string> {
  return withMonitor(options, async (monitor, left) => {
    const link = await monitor.waitForAttach({ except: ignore, settle, ...left() })
    return link.ifname
  })
}

/** The name of the removed link; if there was none, the reference itself. */
export function waitDetach(ref: string | undefined, options: WaitOptions): Promise<string> {
  return withMonitor(options, async (monitor, left) => {
    const link = await monitor.waitForDetach(ref, left())
    return link?.ifname ?? (ref as string)
  })
}

export function waitMedia(ref: string, options: WaitOptions): Promise<string> {
  return withMonitor(options, async (monitor, left) => {
    return (await monitor.waitForMediaSwitch(ref, left())).ifname
  })
}

export function waitOperState(
  ref: string,
  states: OperState[],
  options: WaitOptions,
): Promise<string> {
  return withMonitor(options, async (monitor, left) => {
    return (await monitor.waitForOperState(ref, states, left())).ifname
  })
}

async function withMonitor(
  { signal, timeout }: WaitOptions,
  use: (monitor: LinkMonitor, left: () => WaitOptions) => Promise<string>,
): Promise<string> {
  const end = timeout === undefined ? undefined : performance.now() + timeout
  const left = () => ({ signal, timeout: end && Math.max(0, end - performance.now()) })
  const monitor = await openLinkMonitor(left())
  try {
    return await use(monitor, left)
  } finally {
    monitor.close()
  }
}
