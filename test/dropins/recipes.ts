// What takes the place of packages that run subprocesses or poll: each recipe is held against its package by cases.ts, and
// printed by `npm run dropins`.

import { EventEmitter } from 'node:events'
import {
  defaultGateway,
  dumpLinks,
  networkInterfaces,
  openNetworkMonitor,
  routeTo,
} from 'netlink-wasm'
import { sockets } from 'netlink-wasm/tools'

// recipe: default-gateway
export async function gateway(version: 4 | 6) {
  const route = await defaultGateway(version === 4 ? 'inet' : 'inet6')
  if (!route) throw new Error('Unable to determine default gateway')
  return { gateway: route.gateway, version, int: route.dev }
}

// recipe: os.networkInterfaces(), with a change event
export async function watchedInterfaces() {
  const network = await openNetworkMonitor({ routes: false })
  const interfaces = new EventEmitter()
  const watch = async () => {
    for await (const { type } of network) if (type !== 'present') interfaces.emit('change')
  }
  return Object.assign(interfaces, { watching: watch(), close: () => network.close() })
}

// recipe: os.networkInterfaces()
export async function interfacesThatAreUp() {
  const up = (await dumpLinks()).filter(
    ({ flags }) => flags.includes('UP') && flags.includes('LOWER_UP'),
  )
  const all = await networkInterfaces()
  const named = up.map(({ ifname }) => [ifname, all[ifname] ?? []] as const)
  return Object.fromEntries(named.filter(([, addresses]) => addresses.length > 0))
}

// recipe: systeminformation.networkInterfaces()
export async function interfaceList() {
  const up = await interfacesThatAreUp()
  return (await dumpLinks()).flatMap(({ ifname, address, mtu, operstate, flags }) => {
    const of = (family: string) => up[ifname]?.find((one) => one.family === family)
    const [ip4, ip6] = [of('IPv4'), of('IPv6')]
    const named = { iface: ifname, mac: address, mtu, operstate: operstate?.toLowerCase() }
    const addresses = { ip4: ip4?.address, ip4subnet: ip4?.netmask, ip6: ip6?.address }
    return up[ifname] ? [{ ...named, ...addresses, internal: flags.includes('LOOPBACK') }] : []
  })
}

// recipe: systeminformation.networkStats()
export async function interfaceCounters(name: string) {
  const link = (await dumpLinks({ statistics: true })).find(({ ifname }) => ifname === name)
  const { rx, tx } = link?.stats64 ?? {}
  return {
    ...{ iface: name, operstate: link?.operstate?.toLowerCase() },
    ...{ rx_bytes: rx?.bytes, rx_dropped: rx?.dropped, rx_errors: rx?.errors },
    ...{ tx_bytes: tx?.bytes, tx_dropped: tx?.dropped, tx_errors: tx?.errors },
  }
}

// recipe: systeminformation.networkGatewayDefault()
export async function gatewayDefault() {
  return (await routeTo('0.0.0.1'))?.gateway ?? ''
}

// recipe: systeminformation.networkConnections()
export async function connections() {
  return (await sockets({ tcp: true, processes: true })).map(
    ({ family, state, local, peer, processes }) => ({
      protocol: family === 'inet6' ? 'tcp6' : 'tcp',
      ...{ localAddress: local.address, localPort: `${local.port}`, peerAddress: peer.address },
      peerPort: peer.port === 0 ? '*' : `${peer.port}`,
      state: state.toUpperCase().replaceAll('-', '_'),
      pid: processes?.[0]?.pid ?? null,
    }),
  )
}

// recipe: @homebridge/ciao and multicast-dns: look when something changes, not every few seconds
export async function whenInterfacesChange(look: () => void) {
  const interfaces = await watchedInterfaces()
  interfaces.on('change', look)
  return () => interfaces.close()
}

// recipe: pid-port
export async function portToPid(port: number) {
  const found = (await sockets({ listening: true, tcp: true, udp: true, processes: true })).filter(
    ({ local }) => local.port === port,
  )
  if (found.length === 0) throw new Error(`Could not find a process that uses port \`${port}\``)
  return found[0]?.processes?.[0]?.pid
}
