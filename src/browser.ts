// netlink-wasm where bundlers and pages look for what browsers can load: every name of index.ts.
// In: bytes from anywhere. Out: what they say; where a socket is asked for, the one clear error. Imports nothing
// of Node.

import { NetlinkCreateSocketError, type NetlinkError, noNetlink } from './base/errors.js'
import type * as index from './index.js'
import { SourceFeed } from './kernel/source-feed.js'
import { LinkMonitor } from './monitor/link-monitor.js'

export { NetlinkCreateSocketError } from './base/errors.js'
export * from './capture.js'
export {
  readNetlinkMessages,
  readNetlinkSocket,
  waitForMediaDisconnectConnect,
  waitForNicAttachEvent,
  waitForNicDetachEvent,
} from './cloud-init/nic-events.js'
export * from './decoder.js'
export * from './testing.js'

const unsupported = (): NetlinkError => noNetlink('a browser')
const refuse = (): Promise<never> => Promise.reject(unsupported())

/** On a `socket` of one's own, such as a recording. @throws NetlinkError ERR_NETLINK_UNSUPPORTED without one */
export const openLinkMonitor: typeof index.openLinkMonitor = ({
  socket,
  clock,
  ...options
} = {}) =>
  socket
    ? LinkMonitor.open((handler) => new SourceFeed(socket, handler), options, clock ?? socket.clock)
    : refuse()

/** @throws NetlinkError ERR_NETLINK_UNSUPPORTED */
export const dumpLinks: typeof index.dumpLinks = refuse

/** @throws NetlinkError ERR_NETLINK_UNSUPPORTED */
export const recordNetlink: typeof index.recordNetlink = refuse

/** @throws NetlinkError ERR_NETLINK_UNSUPPORTED */
export const recordSources: typeof index.recordSources = refuse

/** Never thrown here. */
export class UnknownGroupError extends RangeError {}

/** @throws NetlinkCreateSocketError ERR_NETLINK_UNSUPPORTED */
export const createBoundNetlinkSocket: typeof index.createBoundNetlinkSocket = () => {
  const cause = unsupported()
  throw new NetlinkCreateSocketError(
    cause.code,
    `Exception during netlink socket create: ${cause.message}`,
    { cause },
  )
}
