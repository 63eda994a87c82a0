// WireGuard's devices, as `wg show` prints them.
// In: the answers to get-device, which may be many for one device. Out: one object, each peer once, keys in base64.

import type { AnswerOf } from '../request/family-types.js'
import { type NetlinkOptions, openNetlink } from '../request/netlink.js'

export interface WireguardPeer {
  /** Keys are in base64, as wg(8) has them. */
  publicKey: string
  presharedKey: string | undefined
  /** "192.0.2.1:51820", "[2001:db8::1]:51820"; undefined until it is known. */
  endpoint: string | undefined
  /** "10.0.0.0/8" */
  allowedIps: string[]
  latestHandshake: Date | undefined
  receivedBytes: number
  sentBytes: number
  /** In seconds; 0 if it is off. */
  persistentKeepalive: number
}

export interface WireguardDevice {
  ifname: string
  ifindex: number
  privateKey: string | undefined
  publicKey: string | undefined
  listenPort: number
  fwmark: number
  peers: WireguardPeer[]
}

type Part = AnswerOf<'wireguard', 'get-device'>
type Peer = NonNullable<Part['peers']>[number]

/** What reads devices of WireGuard. */
export interface Wireguard {
  /**
   * A device with its peers. Reading it takes CAP_NET_ADMIN.
   *
   * @throws NetlinkError ERR_NETLINK_KERNEL with `errno` -19 (ENODEV) or -95 (EOPNOTSUPP) if there is no such device of
   *   WireGuard; ERR_NETLINK_UNSUPPORTED for a kernel without it; ERR_NETLINK_SOCKET; a `TimeoutError`; the signal's reason
   */
  getDevice(ifname: string, options?: NetlinkOptions): Promise<WireguardDevice>
}

async function getDevice(ifname: string, options: NetlinkOptions = {}): Promise<WireguardDevice> {
  const netlink = await openNetlink('wireguard', options)
  try {
    const parts = await netlink.dump('get-device', { ifname }, options)
    return deviceOf(ifname, parts)
  } finally {
    netlink.close()
  }
}

export const wireguard: Wireguard = { getDevice }

function deviceOf(ifname: string, parts: readonly Part[]): WireguardDevice {
  const [first = {} as Part] = parts
  const peers = new Map<string, WireguardPeer>()
  for (const peer of parts.flatMap((part) => part.peers ?? [])) {
    const publicKey = keyOf(peer['public-key']) ?? ''
    // A peer that did not fit into one message goes on in the next, with its key and more addresses.
    const known = peers.get(publicKey)
    if (known) known.allowedIps.push(...allowedIps(peer))
    else peers.set(publicKey, peerOf(publicKey, peer))
  }
  return {
    ifname: first.ifname ?? ifname,
    ifindex: first.ifindex ?? 0,
    privateKey: keyOf(first['private-key']),
    publicKey: keyOf(first['public-key']),
    listenPort: first['listen-port'] ?? 0,
    fwmark: first.fwmark ?? 0,
    peers: [...peers.values()],
  }
}

function peerOf(publicKey: string, peer: Peer): WireguardPeer {
  const seconds = Number(peer['last-handshake-time']?.sec ?? 0)
  const nanoseconds = Number(peer['last-handshake-time']?.nsec ?? 0)
  return {
    publicKey,
    presharedKey: keyOf(peer['preshared-key']),
    endpoint: endpointOf(peer.endpoint),
    allowedIps: allowedIps(peer),
    latestHandshake: seconds === 0 ? undefined : new Date(seconds * 1000 + nanoseconds / 1e6),
    receivedBytes: Number(peer['rx-bytes'] ?? 0),
    sentBytes: Number(peer['tx-bytes'] ?? 0),
    persistentKeepalive: peer['persistent-keepalive-interval'] ?? 0,
  }
}

function allowedIps({ allowedips = [] }: Peer): string[] {
  return allowedips.map(({ ipaddr, 'cidr-mask': prefix }) => `${ipaddr}/${prefix}`)
}

function endpointOf(endpoint: Peer['endpoint']): string | undefined {
  if (typeof endpoint !== 'object' || endpoint === null || Array.isArray(endpoint)) return undefined
  const { family, address, port } = endpoint
  return family === 'inet6' ? `[${address}]:${port}` : `${address}:${port}`
}

/** A key from hexadecimal. All zeros mean that there is none. */
function keyOf(hex: string | null | undefined): string | undefined {
  if (!hex || /^0*$/.test(hex)) return undefined
  return Buffer.from(hex, 'hex').toString('base64')
}
