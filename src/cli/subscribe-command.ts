// `netlink-wasm subscribe`: prints the notifications of a family, until interrupted.
// In: a family and names of groups. Out: each notification, as a line of JSON or as a tree.

import { InvalidArgumentError } from 'commander'
import { safeJson } from '../base/text.js'
import { openNetlink } from '../request/netlink.js'
import { TREES } from './message-tree.js'
import { tellOnSignal } from './statistics.js'

export interface SubscribeOptions {
  isTree: boolean
  signal: AbortSignal
  print: (text: string) => Promise<void>
}

/** @throws InvalidArgumentError for an unknown family or group; NetlinkError; the signal's reason */
export async function subscribeTo(
  family: string,
  groups: readonly string[],
  { isTree, signal, print }: SubscribeOptions,
): Promise<void> {
  const counts = { notifications: 0, gaps: 0 }
  const stopTelling = tellOnSignal(() => safeJson(counts))
  try {
    await using netlink = await openNetlink(family, { signal, ...(isTree && TREES) })
    for await (const event of netlink.subscribe(groups, { signal })) {
      const isMessage = event.type === 'message'
      counts[isMessage ? 'notifications' : 'gaps']++
      await print(isTree ? (isMessage ? `${event.body}` : 'gap') : safeJson(event))
    }
  } catch (error) {
    if (error instanceof RangeError) throw new InvalidArgumentError(error.message)
    throw error
  } finally {
    stopTelling()
  }
}
