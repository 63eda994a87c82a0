// netlink-wasm/tools: what takes more than one request, or more than netlink: ss, ethtool, conntrack, wg. Linux.

export type { Call, Families } from '#families'
export type { Clock } from './base/clock.js'
export type { WaitOptions } from './base/deadline.js'
export {
  NetlinkError,
  type NetlinkErrorCode,
  type NetlinkErrorDetails,
  type NetlinkErrorJson,
} from './base/errors.js'
export type { ShimOptions } from './kernel/addon.js'
export type { ReceiveStats } from './kernel/byte-source.js'
export type {
  Endpoint,
  EndpointOptions,
  OnWakeUp,
  OpenEndpoint,
  Received,
} from './kernel/recording-endpoint.js'
export type { EdgeOptions } from './request/edge.js'
export type { Answer, AnswerOf, CallsOf, FamilyName, Gives } from './request/family-types.js'
export type { NetlinkOptions } from './request/netlink.js'
export type { Schema, ShippedSchema } from './schema/shipped-schema.js'
export {
  type Connection,
  type ConnectionEvent,
  type ConnectionSide,
  type Conntrack,
  conntrack,
} from './tools/conntrack.js'
export { type EthtoolFeature, type EthtoolSettings, ethtool } from './tools/ethtool.js'
export { type SocketEntry, type SocketsOptions, sockets } from './tools/socket-list.js'
export type { SocketProcess } from './tools/socket-owners.js'
export {
  type Wireguard,
  type WireguardDevice,
  type WireguardPeer,
  wireguard,
} from './tools/wireguard.js'
export type { Json } from './tree/json.js'
