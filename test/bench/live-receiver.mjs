// A receiver of link events in a process of its own: the package's monitor or bare socket, npm's netlink, or the
// least that Node.js needs, of which ADDON is the path.
// usage: live-receiver.mjs (monitor | socket | npm | least) FILE NAME BUFFER COUNT [ADDON]; as "link epoll" of
// c/link.c otherwise.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createBoundNetlinkSocket, decodeLinks, openLinkMonitor } from 'netlink-wasm'

const [who, file = '', name = '', buffer = '0', count = '0', addon = ''] = process.argv.slice(2)
const most = Number(count)
const arrivals = new Float64Array(most + 2)
let seen = 0
let overruns = 0
const origin = process.hrtime.bigint()

/** The event of that number is here. */
function arrived(event) {
  if (!(event >= 1 && event <= most) || arrivals[event] !== 0) return
  arrivals[event] = Number(process.hrtime.bigint() - origin)
  seen++
}

const stop = await { monitor, socket, npm, least }[who]()
const before = process.cpuUsage()
console.log('ready')
process.stdin.on('data', () => {})
process.stdin.on('end', () => {
  const { user, system } = process.cpuUsage(before)
  const counted = stop()
  const sent = new BigUint64Array(Uint8Array.from(readFileSync(file)).buffer)
  const taken = []
  for (let event = 1; event <= most; event++) {
    if (arrivals[event] > 0) taken.push((arrivals[event] - Number(sent[event] - origin)) / 1e3)
  }
  taken.sort((a, b) => a - b)
  const at = (share) => taken[Math.floor(taken.length * share)] ?? 0
  const told = { seen, overruns, p50: at(0.5), p99: at(0.99), cpuUs: user + system }
  console.log(JSON.stringify({ ...told, ...counted }))
  process.exit(0)
})

async function monitor() {
  const receiveBufferBytes = Number(buffer) / 2
  const monitor = await openLinkMonitor(receiveBufferBytes > 0 ? { receiveBufferBytes } : {})
  void (async () => {
    for await (const event of monitor) {
      if (event.type === 'changed' && event.link.ifname === name) arrived(event.record.txqlen ?? 0)
    }
  })()
  const base = monitor.stats.events
  return () => {
    const { events, overruns, receiveBufferBytes } = monitor.stats
    return { overruns, received: events - base, granted: receiveBufferBytes }
  }
}

/** No links are kept, and no events made of differences: datagrams, as whoever reads them decodes them. */
async function socket() {
  const socket = createBoundNetlinkSocket()
  void (async () => {
    for (;;) {
      const data = await socket.recv()
      for (const link of decodeLinks(data)) if (link.ifname === name) arrived(link.txqlen)
    }
  })()
  return () => ({})
}

async function npm() {
  const { createNetlink, rt } = createRequire(new URL('rivals/', import.meta.url))('netlink')
  const socket = createNetlink(0, { ref: true })
  socket.addMembership(1)
  socket.on('message', (messages) => {
    for (const message of messages) {
      if (message.type !== 16) continue
      const { attrs } = rt.parseLinkMessage(message.data)
      if (attrs.ifname === name) arrived(attrs.txqlen ?? 0)
    }
  })
  socket.on('error', () => overruns++)
  return () => ({})
}

async function least() {
  createRequire(import.meta.url)(addon).start(name, arrived)
  return () => ({})
}
