// The flow of cloud-init's Azure source on a machine that was started before it had an owner: report ready, wait until the
// old NIC is taken away, wait for the owner's, set it up, wait for carrier, address and route, fetch the metadata.
// In: the old NIC and a deadline for all of it. Out: a step each as soon as it is done, and the metadata. What it waits for
// may have happened before: so it can be started again at any point.

import {
  type Link,
  type LinkRef,
  type NetlinkOptions,
  type NetworkMonitorOptions,
  openNetlink,
  openNetworkMonitor,
  type WaitOptions,
} from 'netlink-wasm'
import schema from 'netlink-wasm/schema/link'

export interface Edges {
  /** Is told of each step. */
  say(step: string, facts: object): void
  /** Instead of the kernel, and of its time. */
  socket?: NetworkMonitorOptions['socket']
  open?: NetlinkOptions['open']
  clock?: NetworkMonitorOptions['clock']
  /** Instead of HTTP: resolves with the body of the answer. */
  ask?: (url: string, method: string, limits: WaitOptions) => Promise<string>
}

const SERVER = 'http://169.254.169.254'
/** How long a new NIC has to keep its name, as udev renames it. */
const SETTLE_MS = 50
const ATTEMPT_MS = 1000
const RETRY_MS = 50

/** @throws what failed, with `step` */
export async function provision(
  old: LinkRef,
  milliseconds: number,
  signal: AbortSignal,
  { say, socket, open, clock, ask = askServer }: Edges,
): Promise<string> {
  const now = () => clock?.now() ?? performance.now()
  const end = now() + milliseconds
  const step = async <T>(
    name: string,
    work: (limits: WaitOptions) => Promise<T>,
    facts: (found: T) => object = () => ({}),
  ): Promise<T> => {
    try {
      const found = await work({ signal, timeout: Math.max(0, end - now()) })
      say(name, facts(found))
      return found
    } catch (error) {
      throw Object.assign(error as Error, { step: name })
    }
  }

  const network = await step(
    'watching',
    (limits) => openNetworkMonitor({ socket, clock, ...limits }),
    ({ links }) => ({ links: links.size }),
  )
  try {
    const since = network.mark()
    const isFirst = network.links.find(old) !== undefined
    if (isFirst) await step('ready', (limits) => ask(`${SERVER}/ready`, 'POST', limits))
    await step(
      'detached',
      (limits) => network.waitForDetach(old, { since, ...limits }),
      (link) => ({ ifname: link?.ifname }),
    )
    const match = (link: Link) => link.link_type === 'ether'
    // Started again, it may find the new NIC.
    const which = isFirst ? { since, match } : { except: [], match }
    const { ifindex: link } = await step(
      'attached',
      (limits) => network.waitForAttach({ settle: SETTLE_MS, ...which, ...limits }),
      ({ ifname, ifindex, address }) => ({ ifname, ifindex, address }),
    )
    await step('up', (limits) => setUp(link, { open, clock, ...limits }))
    await step(
      'carrier',
      (limits) => network.waitForCarrier(link, limits),
      ({ ifname, operstate }) => ({ ifname, operstate }),
    )
    await step(
      'address',
      (limits) => network.waitForAddress({ link, scope: 'global', ...limits }),
      ({ local, prefixlen }) => ({ local, prefixlen }),
    )
    await step(
      'route',
      (limits) => network.waitForRoute({ to: '169.254.169.254', link, ...limits }),
      ({ gateway, dev }) => ({ gateway, dev }),
    )
    await step(
      'online',
      (limits) => network.waitOnline({ links: [link], ...limits }),
      (online) => ({ families: online.map(({ family }) => family) }),
    )
    return await step(
      'metadata',
      (limits) => ask(`${SERVER}/metadata`, 'GET', limits),
      (metadata) => ({ metadata }),
    )
  } finally {
    network.close()
  }
}

async function setUp(link: number, options: NetlinkOptions): Promise<void> {
  const links = await openNetlink('rt-link', { schema, ...options })
  try {
    const up = ['up'] as const
    await links.do('newlink', { 'ifi-index': link, 'ifi-flags': up, 'ifi-change': up }, options)
  } finally {
    links.close()
  }
}

/** Asks again and again, each time on a new connection, as one by the old NIC would get no answer. */
async function askServer(
  url: string,
  method: string,
  { signal, timeout = 0 }: WaitOptions,
): Promise<string> {
  const end = performance.now() + timeout
  for (let why = 'no answer'; ; ) {
    const attempt = new AbortController()
    const stop = () => attempt.abort()
    const timer = setTimeout(stop, Math.min(ATTEMPT_MS, end - performance.now()))
    signal?.addEventListener('abort', stop)
    try {
      const headers = { connection: 'close' }
      const response = await fetch(url, { method, headers, signal: attempt.signal })
      if (response.ok) return await response.text()
      why = `${response.status} ${response.statusText}`
    } catch (error) {
      if (!attempt.signal.aborted) why = String((error as Error).cause ?? error)
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
    }
    signal?.throwIfAborted()
    const left = end - performance.now()
    if (left <= 0) throw new DOMException(`${url} timed out: ${why}`, 'TimeoutError')
    await new Promise((resolve) => setTimeout(resolve, Math.min(RETRY_MS, left)))
  }
}
