// netlink-wasm: everything. Importing it loads no addon and makes no system call. What differs between runtimes is
// behind `#kernel`, which package.json leads to kernel/node.ts or kernel/browser.ts.

export { createBoundNetlinkSocket } from '#kernel'
export * from './capture.js'
export * from './decoder.js'
export { dumpLinks } from './dump.js'
export { NetlinkCreateSocketError } from './errors.js'
export type { LinkEvent, Origin } from './monitor/events.js'
export type { LinkMap, LinkRef } from './monitor/links.js'
export type { LinkMonitor } from './monitor/monitor.js'
export { type LinkMonitorOptions, openLinkMonitor } from './monitor/open.js'
export type { Datagram, DatagramSource } from './monitor/source-feed.js'
export type { MonitorStats } from './monitor/stats.js'
export type { AttachOptions } from './monitor/waits.js'
export type { Request } from './record/dumps.js'
export type { Endpoint, EndpointOptions, OpenEndpoint, Received } from './record/endpoint.js'
export {
  type RecordOptions,
  type RecordSource,
  type RecordStats,
  recordNetlink,
} from './record/record.js'
export { recordSources, type SourceOptions, UnknownGroupError } from './record/sources.js'
export {
  readNetlinkMessages,
  readNetlinkSocket,
  type SeedWaitOptions,
  type ShouldContinue,
  waitForMediaDisconnectConnect,
  waitForNicAttachEvent,
  waitForNicDetachEvent,
} from './seed/wait.js'
export type { NetlinkSocket } from './socket.js'
export type { ByteSource, ReceiveStats } from './source.js'
export * from './testing.js'
export type { WaitOptions } from './waiting.js'
