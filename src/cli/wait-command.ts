// `netlink-wasm wait`: waits for one thing to happen, on a monitor of its own.
// In: a reference to a link and options. Out: the link, and the name to print.

import type { WaitOptions } from '../base/deadline.js'
import { printable, safeJson } from '../base/text.js'
import type { LinkStateOptions } from '../monitor/follower.js'
import type { LinkMonitor } from '../monitor/link-monitor.js'
import { openLinkMonitor } from '../monitor/open-link-monitor.js'
import type { MediaSwitchOptions } from '../monitor/state-waits.js'
import type { OperState } from '../objects/link-names.js'
import type { Link } from '../objects/link-object.js'
import { linkJson, statsText } from './print-links.js'
import { tellOnSignal } from './statistics.js'

export interface AttachFlags {
  ignore: string[] | undefined
  settle: number | undefined
}

/** What a wait resolved with: a link, or the reference that no link had. */
export type Waited = Link | string

export function waitAttach({ ignore, settle }: AttachFlags, options: WaitOptions): Promise<Waited> {
  return withMonitor(options, (monitor, left) =>
    monitor.waitForAttach({ except: ignore, settle, ...left() }),
  )
}

export interface DetachFlags {
  /** What to wait for once the link has been removed: a link that appeared since the command started. */
  then: 'attach' | undefined
  settle: number | undefined
}

/** Says so if there is no such link, as that may be a mistyped name. */
export function waitDetach(
  ref: string | undefined,
  { then, settle }: DetachFlags,
  options: WaitOptions,
): Promise<Waited> {
  return withMonitor(options, async (monitor, left) => {
    const since = monitor.mark()
    const link = await monitor.waitForDetach(ref, left())
    if (!link) {
      console.error(
        `netlink-wasm: there is no link ${printable(ref as string)} that could be removed`,
      )
    }
    if (then === 'attach') return monitor.waitForAttach({ since, settle, ...left() })
    return link ?? (ref as string)
  })
}

export type StateFlags = Pick<LinkStateOptions, 'gone'>

export function waitMedia(
  ref: string,
  { from, gone }: Pick<MediaSwitchOptions, 'from' | 'gone'>,
  options: WaitOptions,
): Promise<Waited> {
  return withMonitor(options, (monitor, left) =>
    monitor.waitForMediaSwitch(ref, { from, gone, ...left() }),
  )
}

export function waitCarrier(
  ref: string,
  { gone }: StateFlags,
  options: WaitOptions,
): Promise<Waited> {
  return withMonitor(options, (monitor, left) => monitor.waitForCarrier(ref, { gone, ...left() }))
}

export function waitOperState(
  ref: string,
  states: OperState[],
  { gone }: StateFlags,
  options: WaitOptions,
): Promise<Waited> {
  return withMonitor(options, (monitor, left) =>
    monitor.waitForOperState(ref, states, { gone, ...left() }),
  )
}

/** A line for it: its name, or all of it as JSON. */
export function waitedText(found: Waited, isJson: boolean): string {
  if (typeof found === 'string') return isJson ? safeJson({ link: found, found: false }) : found
  return isJson ? linkJson(found) : found.ifname
}

async function withMonitor(
  { signal, timeout }: WaitOptions,
  use: (monitor: LinkMonitor, left: () => WaitOptions) => Promise<Waited>,
): Promise<Waited> {
  const end = timeout === undefined ? undefined : performance.now() + timeout
  const left = () => ({ signal, timeout: end && Math.max(0, end - performance.now()) })
  let monitor: LinkMonitor | undefined
  const stopTelling = tellOnSignal(() => monitor && statsText(monitor.stats))
  try {
    monitor = await openLinkMonitor(left())
    return await use(monitor, left)
  } finally {
    monitor?.close()
    stopTelling()
  }
}
