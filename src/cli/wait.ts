// `netlink-wasm wait`: one thing to wait for, on a monitor of its own.
// In: a reference to a link and options. Out: the name to print.

import type { LinkRef } from '../monitor/links.js'
import type { LinkMonitor } from '../monitor/monitor.js'
import { openLinkMonitor } from '../monitor/open.js'
import type { OperState } from '../names.js'
import type { WaitOptions } from '../waiting.js'

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

/** The name of what went; of a link that was not there, the reference itself. */
export function waitDetach(ref: string | undefined, options: WaitOptions): Promise<string> {
  return withMonitor(options, async (monitor, left) => {
    const link = await monitor.waitForDetach(refOf(ref), left())
    return link?.ifname ?? (ref as string)
  })
}

export function waitMedia(ref: string, options: WaitOptions): Promise<string> {
  return withMonitor(options, async (monitor, left) => {
    return (await monitor.waitForMediaSwitch(refOf(ref), left())).ifname
  })
}

export function waitOperState(
  ref: string,
  states: OperState[],
  options: WaitOptions,
): Promise<string> {
  return withMonitor(options, async (monitor, left) => {
    return (await monitor.waitForOperState(refOf(ref), states, left())).ifname
  })
}

/** A name, altname or MAC address as it is; digits alone are an ifindex, as no link is named so. */
function refOf(ref: string): LinkRef
function refOf(ref: string | undefined): LinkRef | undefined
function refOf(ref: string | undefined): LinkRef | undefined {
  return ref !== undefined && /^[1-9]\d*$/.test(ref) ? Number(ref) : ref
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
