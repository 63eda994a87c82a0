// The provisioning agent as a process, bundled into one file: ended and started again at each step, and failing at some.

import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { openNetworkMonitor } from 'netlink-wasm'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { AGENT_STEPS, type Step } from '../agent/drive.ts'
import { Machine } from '../agent/machine.ts'
import { afterwards, has, live, until, WAIT_MS } from './harness.ts'

const RADVD = '/usr/sbin/radvd'
const STEPS = AGENT_STEPS.split(' ')

let folder = ''
let bundle = ''

test.before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'netlink-agent-'))
  // Also for a user without privileges.
  chmodSync(folder, 0o755)
  bundle = join(folder, 'agent.cjs')
  await build({
    entryPoints: [fileURLToPath(new URL('../agent/agent.ts', import.meta.url))],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    logLevel: 'error',
  })
})

test.after(() => rmSync(folder, { recursive: true }))

type Events = Record<string, () => unknown>

interface Ended {
  steps: Step[]
  code: number | null
  stderr: string
}

interface Agent {
  old: string
  seconds?: number
  /** Called once each, after the step of their name. */
  events: Events
  /** The step after which nothing happens any more, but that it is ended by `signal`. */
  until?: string
  signal?: NodeJS.Signals
  /** A command that runs it. */
  by?: string[]
}

/** Runs the agent on a machine to its end. */
function run(machine: Machine, agent: Agent): Promise<Ended> {
  const { old, seconds = 60, events, by = [] } = agent
  const [file = '', ...args] = [
    ...[...machine.prefix, ...by, process.execPath, bundle],
    ...[old, String(seconds)],
  ]
  const child = spawn(file, args, { timeout: WAIT_MS, killSignal: 'SIGKILL' })
  afterwards(() => child.kill('SIGKILL'))
  const steps: Step[] = []
  let text = ''
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (more) => {
    stderr += more
  })
  child.stdout.setEncoding('utf8').on('data', (more: string) => {
    const lines = (text + more).split('\n')
    text = lines.pop() ?? ''
    for (const line of lines) {
      const step = JSON.parse(line) as Step
      steps.push(step)
      if (step.step === agent.until) {
        child.kill(agent.signal)
        continue
      }
      const happens = events[step.step]
      delete events[step.step]
      happens?.()
    }
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ steps, code, stderr }))
  })
}

async function machineWith(nic: string): Promise<{ machine: Machine; old: string }> {
  const machine = await Machine.start()
  afterwards(() => machine.close())
  machine.plug(machine.attach(nic))
  const old = await machine.addressOf(nic)
  machine.ip(`link set ${nic} up`)
  addresses(machine, nic, 2)
  return { machine, old }
}

function addresses(machine: Machine, nic: string, number: number): void {
  machine.ip(
    `addr add 10.77.0.${number}/16 dev ${nic}`,
    `route add default via 10.77.0.1 dev ${nic}`,
  )
}

/** What happens on a machine of which nothing is broken. */
function swap(machine: Machine, old: string, nic: string): Events {
  return {
    ready: () => machine.ip(`link del ${old}`),
    detached: () => machine.plug(machine.attach(nic)),
    carrier: () => addresses(machine, nic, 3),
  }
}

const names = (steps: Step[]) => steps.map(({ step }) => step)

if (has('nsenter', '--version')) {
  live('ended by a signal after any step, it ends cleanly; started again, it goes on', async () => {
    const { machine, old } = await machineWith('nic0')
    let [address, last, ended] = [old, 'nic0', 0]
    for (const [n, step] of STEPS.slice(1, -2).entries()) {
      const nic = `nic${n + 1}`
      const events = swap(machine, last, nic)
      const signal = n % 2 === 0 ? 'SIGTERM' : 'SIGINT'
      const first = await run(machine, { old: address, events, until: step, signal })
      // The next steps may need nothing of the machine, and be done before the signal comes.
      const done = names(first.steps).slice(0, -1)
      assert.ok(done.length >= n + 2, step)
      assert.equal(done, STEPS.slice(0, done.length))
      const { message, during } = first.steps.at(-1) as Step
      if (first.code !== 0) {
        assert.equal([message, during], [`got ${signal}`, STEPS[done.length]])
        assert.equal([first.code, first.stderr], [signal === 'SIGTERM' ? 143 : 130, ''])
        ended++
      }
      const { steps, code, stderr } = await run(machine, { old: address, events })
      assert.equal([code, stderr], [0, ''], JSON.stringify(steps))
      const attached = steps.find((one) => one.step === 'attached')
      assert.is(attached?.ifname, nic)
      address = String(attached?.address)
      last = nic
    }
    assert.ok(ended >= 5, `${ended}`)
  })

  live(
    'what is missing on a real kernel: the last line names the step, and the exit code is 124',
    async () => {
      const nothing = () => {}
      const failures: [during: string, message: RegExp, (machine: Machine) => Events][] = [
        [
          'ready',
          /ready timed out: 503/,
          (machine) => {
            machine.breakServer()
            return {}
          },
        ],
        ['detached', /detached timed out/, () => ({ ready: nothing })],
        ['attached', /attached timed out/, () => ({ detached: nothing })],
        ['carrier', /carrier/, (machine) => ({ detached: () => machine.attach('nic1') })],
        ['address', /nic1 has fe80::\S+|nic1 has no address/, () => ({ carrier: nothing })],
        [
          'route',
          /no route to 169\.254\.169\.254; default: none/,
          (machine) => ({ carrier: () => machine.ip('addr add 10.77.0.3/16 dev nic1') }),
        ],
        [
          'online',
          /no default route of inet/,
          (machine) => ({
            carrier: () =>
              machine.ip('addr add 10.77.0.3/16 dev nic1', 'route add 169.254.169.254 dev nic1'),
          }),
        ],
        [
          'metadata',
          /metadata timed out: 503/,
          (machine) => ({
            detached: () => {
              machine.breakServer()
              machine.plug(machine.attach('nic1'))
            },
          }),
        ],
      ]
      await Promise.all(
        failures.map(async ([during, message, broken]) => {
          const { machine, old } = await machineWith('nic0')
          const events = { ...swap(machine, 'nic0', 'nic1'), ...broken(machine) }
          const { steps, code, stderr } = await run(machine, { old, seconds: 10, events })
          const last = steps.at(-1)
          assert.equal([last?.step, last?.during, code, stderr], ['failed', during, 124, ''])
          assert.match(String(last?.message), message)
        }),
      )
    },
  )

  live('what is refused, and a NIC that goes again: the last line says so at once', async () => {
    const plain = await machineWith('nic0')
    const by = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
    const events = swap(plain.machine, 'nic0', 'nic1')
    const refused = await run(plain.machine, { old: plain.old, events, by })
    assert.is(refused.code, 1)
    assert.is(refused.steps.at(-1)?.during, 'up')
    assert.match(
      String(refused.steps.at(-1)?.message),
      /expected the kernel to accept newlink, got EPERM/,
    )

    const { machine, old } = await machineWith('nic0')
    const gone: Events = {
      ...swap(machine, 'nic0', 'nic1'),
      detached: () => machine.attach('nic1'),
      up: () => machine.ip('link del nic1'),
    }
    const { steps, code } = await run(machine, { old, events: gone })
    assert.equal([code, steps.at(-1)?.during], [1, 'carrier'])
    assert.is(steps.at(-1)?.code, 'ERR_NETLINK_GONE')
  })
}

if (existsSync(RADVD)) {
  live('router advertisements: an address, a default route, online by IPv6', async () => {
    const machine = await Machine.start({ isHere: true })
    afterwards(() => machine.close())
    const config = join(folder, 'radvd.conf')
    const words = 'AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4; prefix fd78::/64 {};'
    writeFileSync(config, `interface br0 { ${words} };\n`)
    const pid = join(folder, 'radvd.pid')
    machine.onHost(RADVD, '-n', '-C', config, '-p', pid, '-m', 'none')
    const network = await openNetworkMonitor({ timeout: WAIT_MS })
    afterwards(() => network.close())
    const since = network.mark()
    machine.plug(machine.attach('nic0'))
    const { ifindex: link } = await network.waitForAttach({ since, timeout: WAIT_MS })
    machine.ip('link set nic0 up')
    const options = { link, family: 'inet6', timeout: WAIT_MS } as const
    const address = await network.waitForAddress({ ...options, scope: 'global' })
    assert.match(String(address.local), /^fd78::/)
    const route = await network.waitForRoute({ ...options, to: 'default' })
    assert.match(String(route.gateway), /^fe80::/)
    const [online] = await network.waitOnline({ families: ['inet6'], timeout: WAIT_MS })
    assert.is(online?.address.local, address.local)
    await until('the machine to agree', () =>
      machine.read('-6', 'route', 'show', 'default').some(({ dev }) => dev === 'nic0'),
    )
  })
} else if (process.env.CI) throw new Error(`expected ${RADVD}: Debian's radvd`)
else console.log(`skipped: expected ${RADVD}, of Debian's radvd`)

test.run()
