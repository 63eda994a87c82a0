// netlink-wasm/tools on the real kernel, beside ss, ethtool and conntrack.

import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createConnection, createServer, type Server } from 'node:net'
import {
  type ConnectionEvent,
  type ConnectionSide,
  conntrack,
  ethtool,
  type SocketEntry,
  sockets,
} from 'netlink-wasm/tools'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { rejection } from '../support/errors.ts'
import { type Json, json, limits, run } from './asking.ts'
import { afterwards, has, ip, live } from './harness.ts'

/** How ss calls states and kinds of sockets. */
const STATES: Record<string, string> = { listen: 'LISTEN', close: 'UNCONN', established: 'ESTAB' }

const place = ({ family }: SocketEntry, { address, port }: SocketEntry['local']): string =>
  `${family === 'inet6' ? `[${address}]` : address}:${port === 0 ? '*' : port}`

/** A line of `ss -Hnp`, without the padding. */
function line(entry: SocketEntry): string {
  const { protocol, state, receiveQueue, sendQueue, local, peer, processes = [] } = entry
  const users = processes.map(({ name, pid, fd }) => `("${name}",pid=${pid},fd=${fd})`)
  const queues = `${STATES[state] ?? state} ${receiveQueue} ${sendQueue}`
  const owners = users.length > 0 ? ` users:(${users.join()})` : ''
  return `${protocol} ${queues} ${place(entry, local)} ${place(entry, peer)}${owners}`
}

const lines = (text: string): string[] =>
  text
    .split('\n')
    .map((one) => one.trim().replace(/\s+/g, ' '))
    .filter(Boolean)

async function listening(host: string): Promise<Server> {
  const server = createServer()
  server.listen({ port: 0, host, ipv6Only: true })
  await once(server, 'listening')
  afterwards(() => server.close())
  return server
}

if (has('ss', '-V')) {
  live('sockets, as `ss -Hnp` prints them, with their processes', async () => {
    ip('link set lo up')
    const [first] = await Promise.all(['127.0.0.1', '::1', '0.0.0.0', '::'].map(listening))
    const udp = createSocket('udp4').bind(0, '127.0.0.1')
    await once(udp, 'listening')
    afterwards(() => udp.close())
    const client = createConnection((first as Server).address() as { port: number })
    await once(client, 'connect')
    afterwards(() => client.destroy())
    for (const [options, flags] of [
      [{ listening: true, tcp: true, udp: true }, '-Hntulp'],
      [{ listening: false, tcp: true }, '-Hntp'],
      [{ tcp: true, udp: true }, '-Hntuap'],
    ] as const) {
      const theirs = lines(run('ss', flags)).sort()
      // ss names the kind of sockets only if there may be several.
      const named = theirs.map((one) => (/^(tcp|udp) /.test(one) ? one : `tcp ${one}`))
      const ours = (await sockets({ ...limits, ...options, processes: true })).map(line)
      assert.equal(ours.sort(), named, flags)
      assert.ok(ours.length >= 2, flags)
      assert.ok(ours.some((one) => one.includes(`pid=${process.pid},`)))
    }
  })

  live('unix sockets, as `ss -Hxlp` prints them', async () => {
    const path = `@netlink-wasm-tools-${process.pid}`
    const server = createServer().listen(path.replace('@', '\0'))
    await once(server, 'listening')
    afterwards(() => server.close())
    const entries = await sockets({ ...limits, listening: true, unix: true, processes: true })
    const found = entries.find(({ local }) => local.address === path)
    const [row = ''] = lines(run('ss', '-Hxlp')).filter((one) => one.includes(path))
    // ss prints the NULs behind the name, too.
    const theirs = row.replace(/@+ /, ' ')
    assert.is(
      `${found?.local.address} ${found?.local.port}`,
      theirs.split(' ').slice(4, 6).join(' '),
    )
    assert.ok(theirs.includes(`pid=${found?.processes?.[0]?.pid},fd=${found?.processes?.[0]?.fd})`))
  })
}

if (has('ethtool', '--version')) {
  live('a link, as `ethtool` prints it', async () => {
    ip('link add va type veth peer name vb', 'link set va up', 'link set vb up')
    const settings = await ethtool('va', limits)
    const [theirs = {}] = json('ethtool', '--json', '-k', 'va') as [Record<string, Json>]
    const shared = Object.entries(settings.features).filter(([name]) => theirs[name])
    for (const [name, { active, requested, fixed }] of shared) {
      const { active: isActive, fixed: isFixed, requested: isRequested } = theirs[name] as Json
      assert.equal([active, requested, fixed], [isActive, isRequested, isFixed], name)
    }
    assert.ok(shared.length > 30, `${shared.length}`)
    const text = run('ethtool', 'va')
    assert.match(text, `Speed: ${settings.speed}Mb/s`)
    assert.match(text.toLowerCase(), `duplex: ${settings.duplex}`)
    assert.match(text, `Auto-negotiation: ${settings.autoneg ? 'on' : 'off'}`)
    assert.match(text, `Link detected: ${settings.linkDetected ? 'yes' : 'no'}`)
    const channels = run('ethtool', '-l', 'va')
    assert.match(channels, new RegExp(`RX:\\s+${settings.channels?.['rx-max']}\\b`))
    ip('link set vb down')
    assert.is((await ethtool('va', limits)).linkDetected, false)
    const missing = await rejection(ethtool('nope', limits))
    assert.is((missing as { errno?: number }).errno, -19)
  })
}

if (has('conntrack', '--version') && has('nft', '--version')) {
  live('connections, as `conntrack -L` and `conntrack -E` print them', async () => {
    ip('link set lo up')
    const rule = 'add table inet t; add chain inet t c { type filter hook input priority 0; }'
    run('nft', `${rule}; add rule inet t c ct state established accept`)
    afterwards(() => run('nft', 'flush', 'ruleset'))
    const tracked = await conntrack(limits)
    afterwards(() => tracked.close())
    const events = tracked.events()
    const server = await listening('127.0.0.1')
    const { port } = server.address() as { port: number }
    run('bash', '-c', `exec 3<>/dev/tcp/127.0.0.1/${port}`)
    const isOurs = (event: ConnectionEvent) =>
      event.type !== 'gap' && event.connection.original.destinationPort === port
    let event = await events.next()
    while (!isOurs(event.value)) event = await events.next()
    assert.is(event.value.type, 'new')
    const ours: string[] = []
    for await (const { protocol, state, original, reply } of tracked.list()) {
      // The state may change between the two calls.
      assert.ok(TCP_STATES.has(`${state}`), state)
      ours.push([protocol, ...[original, reply].flatMap(words)].join(' '))
    }
    const xml = run('conntrack', '-L', '-o', 'xml')
    assert.equal(ours.sort(), flows(xml).sort())
    assert.ok(ours.length > 0)
    run('conntrack', '-D', '-p', 'tcp', '--dport', `${port}`)
    while (event.value.type !== 'destroy') event = await events.next()
    assert.ok(isOurs(event.value))
  })
}

/** States of TCP that a connection goes through. */
const TCP_STATES = new Set([
  'syn-sent',
  'syn-recv',
  'established',
  'fin-wait',
  'close-wait',
  'last-ack',
  'time-wait',
  'close',
])

const words = ({ source, destination, sourcePort, destinationPort }: ConnectionSide) => [
  ...[source, destination, sourcePort, destinationPort],
]

/** The flows of conntrack's XML, in the same words. */
function flows(xml: string): string[] {
  return xml
    .split('<flow>')
    .slice(1)
    .map((flow) => {
      const all = (name: string) =>
        [...flow.matchAll(new RegExp(`<${name}>([^<]*)<`, 'g'))].map(([, value]) => value)
      const protocol = /<layer4 protonum="\d+" protoname="(\w+)"/.exec(flow)?.[1]
      const [from, to, sport, dport] = ['src', 'dst', 'sport', 'dport'].map(all)
      const sides = [0, 1].flatMap((at) => [from, to, sport, dport].map((list) => list?.[at]))
      return [protocol, ...sides].join(' ')
    })
}

test.run()
