// netlink-wasm/testing: what the tests of users need instead of a kernel. Runs anywhere, imports nothing of Node.

export type { ByteOrder } from './base/byte-order.js'
export type { Clock } from './base/clock.js'
export type { WaitOptions } from './base/deadline.js'
export {
  NetlinkError,
  type NetlinkErrorCode,
  type NetlinkErrorDetails,
  type NetlinkErrorJson,
} from './base/errors.js'
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
export type { AddressRecord } from './message/address-record.js'
export {
  type AttributeValue,
  attribute,
  concat,
  delLink,
  doneMessage,
  errorMessage,
  type HeaderFields,
  type LinkFields,
  linkMessage,
  message,
  newLink,
} from './message/builders.js'
export type { LinkRecord } from './message/link-record.js'
export type { NeighbourRecord } from './message/neighbour-record.js'
export type { NestedAttribute, NextHopRecord, RouteMetrics } from './message/record-values.js'
export type { RouteRecord } from './message/route-record.js'
export type { RuleRecord } from './message/rule-record.js'
export {
  type FakeKernel,
  type FakeKernelOptions,
  fakeKernel,
} from './testing/fake-kernel.js'
export type { FakeNetwork } from './testing/fake-network.js'
export type { FakeAnswer, FakeAnswers, FakeHandler, FakeRequest } from './testing/fake-requests.js'
export type { FakeRouteFields } from './testing/fake-routes.js'
export type { Inject, Mangle } from './testing/inject.js'
export type { FakeLinkFields } from './testing/link-fields.js'
export {
  delAddress,
  delNeighbour,
  delRoute,
  delRule,
  newAddress,
  newNeighbour,
  newRoute,
  newRule,
} from './testing/object-bytes.js'
export { type ReplayOptions, type ReplaySource, replay } from './testing/replay.js'
export {
  type CaptureReplay,
  type RecordedFrame,
  type ReplayCaptureOptions,
  replayCapture,
} from './testing/replay-capture.js'
export { replayRequests } from './testing/replay-requests.js'
export { VirtualClock } from './testing/virtual-clock.js'
export type { Json } from './tree/json.js'
