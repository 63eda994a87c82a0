// The provisioning agent without a kernel: on a fake one with a failure at each step, and on the recording of a real run.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { openNetlink } from 'netlink-wasm'
import { readCapture } from 'netlink-wasm/capture'
import { type FakeKernel, fakeKernel, replayCapture, VirtualClock } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Edges, provision } from '../agent/provision.ts'

const DEADLINE_MS = 60_000
const OLD = '02:00:00:00:00:01'
const NEW = 2
const IFF_UP = 0x1
const STEPS = 'watching ready detached attached up carrier address route online metadata'

type Event = (kernel: FakeKernel) => void

/** What happens after each step, where nothing fails. */
const EVENTS: Record<string, Event> = {
  ready: (kernel) => kernel.remove(1),
  detached: (kernel) => {
    kernel.add({ ifindex: NEW, ifname: 'eth1', flags: 0x1002 })
  },
  up: (kernel) => kernel.setCarrier(NEW, true),
  carrier: (kernel) => kernel.network.addAddress(NEW, '192.0.2.7/24'),
  address: (kernel) => kernel.network.addRoute({ to: 'default', via: '192.0.2.1', dev: NEW }),
}

interface Run {
  steps: string
  metadata?: string
  error?: Error & { step?: string; code?: string }
}

const turns = async (count: number) => {
  for (let n = 0; n < count; n++) await new Promise((resolve) => setImmediate(resolve))
}

/** Runs the agent on a fake kernel; `instead` replaces what happens after a step. */
async function run(
  instead: Record<string, Event> = {},
  edges: Partial<Edges> = {},
  prepare: Event = () => {},
): Promise<Run> {
  const kernel = fakeKernel({
    links: [{ ifname: 'eth0', address: Uint8Array.of(2, 0, 0, 0, 0, 1) }],
  })
  kernel.on('rt-link', 'newlink', ({ body }) => {
    const ifindex = Number(body['ifi-index'])
    const isUp = ((kernel.links.get(ifindex)?.flags ?? 0) & IFF_UP) !== 0
    if (!isUp) kernel.change(ifindex, { flags: 0x1003, carrier: 0, operstate: 2 })
    return undefined
  })
  prepare(kernel)
  const events = { ...EVENTS, ...instead }
  const steps: string[] = []
  const say = (step: string) => {
    steps.push(step)
    setImmediate(() => events[step]?.(kernel))
  }
  const clock = new VirtualClock()
  const ask = async () => 'the owner'
  const { signal } = new AbortController()
  let isDone = false
  const running = provision(OLD, DEADLINE_MS, signal, {
    ...{ say, socket: kernel, open: kernel.open, clock, ask },
    ...edges,
  }).finally(() => {
    isDone = true
  })
  running.catch(() => {})
  // Time goes on only while nothing else does.
  while (!isDone) {
    await turns(50)
    clock.advance(100)
  }
  const all = () => steps.join(' ')
  return running.then(
    (metadata) => ({ steps: all(), metadata }),
    (error) => ({ steps: all(), error }),
  )
}

test('the agent comes from detach to metadata on a fake kernel', async () => {
  const { steps, metadata, error } = await run()
  assert.is(error, undefined)
  assert.is(steps, STEPS)
  assert.is(metadata, 'the owner')
})

test('started again while there is no NIC, or after the new one has come, it goes on from there', async () => {
  const none = Object.fromEntries(Object.keys(EVENTS).map((step) => [step, () => {}]))
  const hasNew: Event = (kernel) => {
    kernel.remove(1)
    // It has the name of the old one.
    kernel.add({ ifindex: NEW, ifname: 'eth0' })
    kernel.network.addAddress(NEW, '192.0.2.7/24')
    kernel.network.addRoute({ to: 'default', via: '192.0.2.1', dev: NEW })
  }
  const runs = [await run({}, {}, (kernel) => kernel.remove(1)), await run(none, {}, hasNew)]
  for (const { steps, metadata } of runs) {
    assert.is(steps, STEPS.replace(' ready', ''))
    assert.is(metadata, 'the owner')
  }
})

test('on the recording of a real run, it takes the same steps, in the time of the recording', async () => {
  const file = fileURLToPath(new URL('../captures/agent.pcapng', import.meta.url))
  const socket = replayCapture(readCapture(readFileSync(file)))
  const kernel = fakeKernel()
  kernel.on('rt-link', 'newlink', () => undefined)
  // The first answer takes a schema, which is loaded in real time: a recording does not wait for that.
  await using links = await openNetlink('rt-link', { open: kernel.open })
  await links.do('newlink', { ifname: 'eth0' })
  const steps: [step: string, facts: Record<string, unknown>][] = []
  const metadata = await provision(OLD, DEADLINE_MS, new AbortController().signal, {
    say: (step, facts) => steps.push([step, { ...facts }]),
    socket,
    clock: socket.clock,
    open: kernel.open,
    ask: async () => 'the owner',
  })
  assert.is(metadata, 'the owner')
  assert.is(steps.map(([step]) => step).join(' '), STEPS)
  const facts = Object.fromEntries(steps)
  assert.is(facts.detached?.ifname, 'eth0')
  assert.is(facts.attached?.ifname, 'eth1')
  assert.is(facts.attached?.address, '02:00:00:00:00:02')
  assert.match(String(facts.address?.local), /^10\.77\./)
  assert.equal(facts.route, { gateway: '10.77.0.1', dev: 'eth1' })
  const last = socket.clock.now()
  assert.ok(last > 50 && last < 1000, `${last} ms`)
})

const refuse = async (): Promise<never> => {
  throw new Error('503 Service Unavailable')
}

/** What fails, the step at which it does, and what the error says. */
const FAILURES: [what: string, step: string, message: RegExp, ...Parameters<typeof run>][] = [
  ['the dump is refused', 'watching', /EPERM|errno 1 /, {}, {}, (k) => k.inject.refuseDumps(-1)],
  ['the platform does not take the report', 'ready', /503/, {}, { ask: refuse }],
  ['the old NIC stays', 'detached', /detached timed out/, { ready: () => {} }],
  ['no NIC comes', 'attached', /attached timed out/, { detached: () => {} }],
  [
    'the kernel refuses to set it up',
    'up',
    /expected the kernel to accept newlink, got EPERM/,
    {},
    {},
    (kernel) =>
      kernel.on('rt-link', 'newlink', () => {
        throw { errno: -1 }
      }),
  ],
  ['the cable is out', 'carrier', /carrier of 2 timed out/, { up: () => {} }],
  [
    'the new NIC is taken away',
    'carrier',
    /expected the link .* to stay|ifindex 2/,
    { up: (kernel) => kernel.remove(NEW) },
  ],
  ['no DHCP', 'address', /eth1 has no address/, { carrier: () => {} }],
  [
    'another host has the address',
    'address',
    /eth1 has 2001:db8::7\/64 \(tentative, dadfailed\)/,
    {
      carrier: ({ network }) => {
        network.addAddress(NEW, '2001:db8::7/64')
        network.finishDad(NEW, '2001:db8::7/64', true)
      },
    },
  ],
  ['no route', 'route', /no route to 169\.254\.169\.254; default: none/, { address: () => {} }],
  [
    'a route to the metadata alone',
    'online',
    /no default route of inet/,
    {
      address: ({ network }) =>
        network.addRoute({ to: '169.254.169.254/32', via: '192.0.2.1', dev: NEW }),
    },
  ],
  [
    'no metadata',
    'metadata',
    /503/,
    {},
    { ask: async (_url, method) => (method === 'POST' ? '' : refuse()) },
  ],
]

for (const [what, step, message, ...given] of FAILURES) {
  test(`${what}: the error names the step "${step}", and what is missing`, async () => {
    const { steps, error } = await run(...given)
    assert.is(error?.step, step)
    assert.match(String(error?.message), message)
    assert.is(steps, STEPS.slice(0, STEPS.indexOf(step)).trim())
  })
}

test.run()
