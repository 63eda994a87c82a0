// netlink-wasm/tools: what takes more than one request, or more than netlink: ss, ethtool, conntrack, wg. Linux.

export {
  type Connection,
  type ConnectionEvent,
  type ConnectionSide,
  type Conntrack,
  conntrack,
} from './tools/conntrack.js'
export { type EthtoolSettings, ethtool } from './tools/ethtool.js'
export { type SocketEntry, type SocketsOptions, sockets } from './tools/socket-list.js'
export type { SocketProcess } from './tools/socket-owners.js'
export { type WireguardDevice, type WireguardPeer, wireguard } from './tools/wireguard.js'
