// The packages of test/dropins beside the recipes that take their place: what both say on the same network.
// In: a network namespace of its own. Out: a row a question, equal or not, and how long both took.

import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { networkInterfaces as osInterfaces } from 'node:os'
import { isDeepStrictEqual } from 'node:util'
import * as recipes from './recipes.ts'

export interface Row {
  package: string
  question: string
  input: string
  theirs: unknown
  ours: unknown
  isEqual: boolean
  theirMs: number
  ourMs: number
}

interface Question {
  package: string
  question: string
  /** How long the package repeats its last answer. */
  cachedMs?: number
  theirs(): Promise<unknown>
  ours(): Promise<unknown>
}

// biome-ignore lint/suspicious/noExplicitAny: some of the packages have no types
const load = (name: string): Promise<any> =>
  import(new URL(`packages/node_modules/${name}`, import.meta.url).href)

export const ip = (...commands: string[]): void => {
  execFileSync('ip', ['-batch', '-'], { input: commands.join('\n') })
}

/** What a call gives, or the word that it threw. */
async function outcome(call: () => Promise<unknown>): Promise<{ value: unknown; ms: number }> {
  const start = performance.now()
  let value: unknown
  try {
    value = await call()
  } catch (error) {
    value = `throws ${(error as Error).name}`
  }
  return { value, ms: performance.now() - start }
}

/** More than any of the packages' timers. */
const LATE_MS = 20_000

const LINKS = [
  ...['link set lo up', 'link add va type veth peer name vb', 'link set va up', 'link set vb up'],
  ...['addr add 192.0.2.1/24 dev va', 'addr add 2001:db8::1/64 dev va nodad'],
]

/** Networks by name, each on top of those before it. */
const NETWORKS: [name: string, commands: string[]][] = [
  ['no link is up', []],
  ['two links, no default route', LINKS],
  ['a gateway of IPv4', ['route add default via 192.0.2.254 dev va metric 50']],
  ['gateways of both families', ['route add default via 2001:db8::fe dev va metric 50']],
  ['a better gateway', ['route add default via 192.0.2.253 dev va metric 10']],
]

/** The packages' answers, as far as both say something. */
async function questions(): Promise<Question[]> {
  const [{ gateway4async, gateway6async }, { default: si }] = await Promise.all([
    load('default-gateway/index.js'),
    load('systeminformation/lib/index.js'),
  ])
  const FIELDS = ['iface', 'mac', 'mtu', 'operstate', 'ip4', 'ip4subnet', 'ip6', 'internal']
  const picked = (one: Record<string, unknown>, names: string[]) =>
    Object.fromEntries(names.map((name) => [name, one[name] === '' ? undefined : one[name]]))
  const COUNTERS = ['iface', 'operstate', 'rx_bytes', 'rx_dropped', 'rx_errors', 'tx_bytes']
  return [
    {
      ...{ package: 'default-gateway', question: 'gateway4async()' },
      theirs: () => gateway4async(),
      ours: () => recipes.gateway(4),
    },
    {
      ...{ package: 'default-gateway', question: 'gateway6async()' },
      theirs: () => gateway6async(),
      ours: () => recipes.gateway(6),
    },
    {
      ...{ package: 'node:os', question: 'networkInterfaces()' },
      theirs: async () => ({ ...osInterfaces() }),
      ours: () => recipes.interfacesThatAreUp(),
    },
    {
      ...{ package: 'systeminformation', question: `networkInterfaces(): ${FIELDS.join(', ')}` },
      theirs: async () =>
        (await si.networkInterfaces('', true)).map((one: never) => picked(one, FIELDS)),
      ours: async () => (await recipes.interfaceList()).map((one) => picked(one, FIELDS)),
    },
    {
      ...{ package: 'systeminformation', question: `networkStats('lo'): ${COUNTERS.join(', ')}` },
      cachedMs: 600,
      theirs: async () => picked((await si.networkStats('lo'))[0], COUNTERS),
      ours: async () => picked(await recipes.interfaceCounters('lo'), COUNTERS),
    },
    {
      ...{ package: 'systeminformation', question: 'networkGatewayDefault()' },
      theirs: () => si.networkGatewayDefault(),
      ours: () => recipes.gatewayDefault(),
    },
  ]
}

/** Asks both. What has no order is sorted. */
async function asked(question: Question, input: string): Promise<Row> {
  await new Promise((resolve) => setTimeout(resolve, question.cachedMs ?? 0))
  const theirs = await outcome(question.theirs)
  const ours = await outcome(question.ours)
  const [their, our] = [sorted(theirs.value), sorted(ours.value)]
  return {
    ...{ package: question.package, question: question.question, input, theirs: their, ours: our },
    isEqual: isDeepStrictEqual(plain(their), plain(our)),
    ...{ theirMs: theirs.ms, ourMs: ours.ms },
  }
}

const plain = (value: unknown): unknown => value && JSON.parse(JSON.stringify(value))

function sorted(value: unknown): unknown {
  if (!Array.isArray(value)) return value
  return value.map((one) => JSON.stringify(one)).sort()
}

/** Sockets of this process, and of what it has started. */
async function socketQuestions(): Promise<Row[]> {
  const { portToPid } = await load('pid-port/index.js')
  const { default: si } = await load('systeminformation/lib/index.js')
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const FIELDS = [
    'protocol',
    'localAddress',
    'localPort',
    'peerAddress',
    'peerPort',
    'state',
    'pid',
  ]
  const picked = (list: Record<string, unknown>[]) =>
    list.map((one) => Object.fromEntries(FIELDS.map((name) => [name, one[name]])))
  const rows = [
    await asked(
      {
        ...{ package: 'pid-port', question: 'portToPid()' },
        theirs: () => portToPid(port),
        ours: () => recipes.portToPid(port),
      },
      'a port of this process',
    ),
    await asked(
      {
        ...{ package: 'pid-port', question: 'portToPid()' },
        theirs: () => portToPid(1),
        ours: () => recipes.portToPid(1),
      },
      'a port that nobody has',
    ),
    await asked(
      {
        ...{ package: 'systeminformation', question: `networkConnections(): ${FIELDS.join(', ')}` },
        theirs: async () => picked(await si.networkConnections()),
        ours: async () => picked(await recipes.connections()),
      },
      'a server of TCP',
    ),
  ]
  server.close()
  return rows
}

/** How long each takes to see an address that is added; what it sees is compared. */
async function watchers(): Promise<Row[]> {
  const { default: multicast } = await load('multicast-dns/index.js')
  const { NetworkManager } = (await load('@homebridge/ciao/lib/NetworkManager.js')) as never as {
    NetworkManager: new () => {
      waitForInit(): Promise<void>
      shutdown(): void
      checkForNewInterfaces(): Promise<void>
      on(name: string, listener: (change: unknown) => void): void
    }
  }
  const rows: Row[] = []
  let number = 2
  const race = async (name: string, question: string, start: () => Promise<Watched>) => {
    const seen: { value: unknown; ms: number }[] = []
    for (const isOurs of [false, true]) {
      const watched = await start()
      const stop = isOurs ? await recipes.whenInterfacesChange(watched.look) : () => {}
      const link = `w${number++}`
      const since = performance.now()
      // The names of veths, "w2@w2p", are more than @homebridge/ciao understands.
      ip(`link add ${link} type bridge`, `addr add 198.51.100.${number}/24 dev ${link}`)
      ip(`link set ${link} up`)
      const late = new Promise((resolve) => setTimeout(resolve, LATE_MS, 'nothing'))
      const value = await Promise.race([watched.seen(link), late])
      seen.push({ value: plain(value), ms: performance.now() - since })
      stop()
      watched.close()
      ip(`link del ${link}`)
    }
    const [theirs, ours] = seen as [(typeof seen)[0], (typeof seen)[0]]
    rows.push({
      ...{ package: name, question, input: 'a link with an address is added' },
      ...{ theirs: theirs.value, ours: ours.value },
      isEqual: isDeepStrictEqual(theirs.value, ours.value),
      ...{ theirMs: theirs.ms, ourMs: ours.ms },
    })
  }
  await race('@homebridge/ciao', "its event 'network-update': the links added", async () => {
    const manager = new NetworkManager()
    await manager.waitForInit()
    const added = new Set<string>()
    let wake = () => {}
    manager.on('network-update', (change) => {
      for (const one of (change as { added?: { name: string }[] }).added ?? []) added.add(one.name)
      wake()
    })
    return {
      look: () => void manager.checkForNewInterfaces(),
      close: () => manager.shutdown(),
      async seen(link) {
        while (!added.has(link)) {
          await new Promise<void>((resolve) => {
            wake = resolve
          })
        }
        return [...added].map((name) => name.replace(link, 'the link'))
      },
    }
  })
  await race('multicast-dns', "its event 'networkInterface'", async () => {
    const mdns = multicast()
    await once(mdns, 'ready')
    const event = once(mdns, 'networkInterface')
    return {
      look: () => mdns.update(),
      close: () => mdns.destroy(),
      seen: async () => ((await event) as unknown[]).length,
    }
  })
  return rows
}

interface Watched {
  look(): void
  close(): void
  /** Resolves with what it says when it has seen the link. */
  seen(link: string): Promise<unknown>
}

/** All rows. Changes the network namespace that it runs in. */
export async function compare(): Promise<Row[]> {
  const rows: Row[] = []
  const list = await questions()
  for (const [name, commands] of NETWORKS) {
    ip(...commands)
    // For the counters, once the loopback is up.
    execFileSync('bash', ['-c', 'echo > /dev/udp/127.0.0.1/9 || true'], { stdio: 'ignore' })
    for (const question of list) rows.push(await asked(question, name))
  }
  rows.push(...(await socketQuestions()), ...(await watchers()))
  return rows
}
