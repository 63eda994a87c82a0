// netlink-wasm: everything. Importing it loads no addon and makes no system call. The code that differs between runtimes
// is imported as `#kernel`, which package.json maps to kernel/sockets.ts or kernel/no-sockets.ts.

export type { Call, Families } from '#families'
export type { WaitOptions } from './base/deadline.js'
export { NetlinkCreateSocketError } from './base/errors.js'
export * from './capture.js'
export { createBoundNetlinkSocket, type NetlinkSocket } from './cloud-init/netlink-socket.js'
export {
  type NicWaitOptions,
  readNetlinkMessages,
  readNetlinkSocket,
  type SeedWaitOptions,
  type ShouldContinue,
  waitForMediaDisconnectConnect,
  waitForNicAttachEvent,
  waitForNicDetachEvent,
} from './cloud-init/nic-events.js'
export * from './decoder.js'
export type { ShimOptions } from './kernel/addon.js'
export type { ByteSource, ReceiveStats } from './kernel/byte-source.js'
export type {
  Endpoint,
  EndpointOptions,
  OnWakeUp,
  OpenEndpoint,
  Received,
} from './kernel/recording-endpoint.js'
export type { Datagram, DatagramSource } from './kernel/source-feed.js'
export type { ObjectName } from './message/object-body.js'
export type { AddressWaitOptions } from './monitor/address-wait.js'
export { type DumpLinksOptions, dumpLinks } from './monitor/dump-links.js'
export type { LinkEvent, OfLink, Origin } from './monitor/events.js'
export type { LinkStateOptions, RefOptions } from './monitor/follower.js'
export type { KeptTypes } from './monitor/kept-kinds.js'
export type { LinkMap, LinkRef } from './monitor/link-map.js'
export type { LinkMonitor } from './monitor/link-monitor.js'
export type { MonitorBase } from './monitor/monitor-base.js'
export type { NetworkStats } from './monitor/network-core.js'
export type {
  AddressEvent,
  LinkChange,
  NeighbourEvent,
  NetworkCounts,
  NetworkEvent,
  ObjectChange,
  ObjectEvent,
  OfObject,
  RouteEvent,
  RuleEvent,
} from './monitor/network-events.js'
export type { NetworkMonitor } from './monitor/network-monitor.js'
export {
  defaultGateway,
  type InterfaceAddress,
  networkInterfaces,
  type RouteToOptions,
  routeTo,
} from './monitor/network-questions.js'
export type { NetworkTable } from './monitor/network-table.js'
export type { InetFamily } from './monitor/network-wait.js'
export { type LinkMonitorOptions, openLinkMonitor } from './monitor/open-link-monitor.js'
export { type NetworkMonitorOptions, openNetworkMonitor } from './monitor/open-network-monitor.js'
export type { QuestionOptions } from './monitor/question-socket.js'
export type { Online, OnlineOptions, RouteWaitOptions } from './monitor/route-wait.js'
export type { MediaSwitchOptions } from './monitor/state-waits.js'
export type { MonitorStats } from './monitor/stats.js'
export type { AttachOptions, DetachOptions } from './monitor/waits.js'
export type { Request } from './record/dump-requests.js'
export { recordSources, type SourceOptions, UnknownGroupError } from './record/record-sources.js'
export {
  type RecordOptions,
  type RecordSink,
  type RecordSource,
  type RecordStats,
  recordNetlink,
} from './record/recorder.js'
export { type RequestRecordingOptions, recordRequests } from './record/request-recording.js'
export type { DumpStream } from './request/dump-stream.js'
export type { EdgeOptions } from './request/edge.js'
export { type FamilyEntry, families } from './request/families.js'
export type {
  Answer,
  AnswerOf,
  AnyFamily,
  CallsOf,
  FamilyName,
  FamilyTypes,
  Gives,
  MessageHead,
  MessageJson,
  MessagesOf,
  Notification,
  OperationName,
  RequestAttributes,
  RequestOf,
  Takes,
} from './request/family-types.js'
export {
  type Netlink,
  type NetlinkOptions,
  openNetlink,
  type RequestFlag,
  type RequestOptions,
} from './request/netlink.js'
export type { Subscription } from './request/subscription.js'
export * from './testing.js'
