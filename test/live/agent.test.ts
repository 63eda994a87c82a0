// The provisioning agent on a real kernel with a real DHCP server: runs with random times, until each is online.
// NETLINK_WASM_RUNS is how many, NETLINK_WASM_SEED with which number they begin. NETLINK_WASM_LATE_MS is how late a run may be:
// for a machine that does nothing else, as on a busy one the test would depend on time.

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { dhcpObstacle, Machine } from '../agent/machine.ts'
import { provision } from '../agent/provision.ts'
import { randomStream } from '../support/random.ts'
import { afterwards, has, live, until, WAIT_MS } from './harness.ts'

const RUNS = Number(process.env.NETLINK_WASM_RUNS ?? 24)
const SEED = Number(process.env.NETLINK_WASM_SEED ?? Date.now() % 1_000_000)
const LATE_MS = Number(process.env.NETLINK_WASM_LATE_MS ?? Number.POSITIVE_INFINITY)
/** Of an address that the host has, too. */
const DUPLICATE = 'fd77::1/64'

/** When things happen, in milliseconds. */
interface Plan {
  swap: number
  plug: number
  lease: number
  /** Names that a script gives the NIC, as udev does. */
  renames: number[]
  /** How long its carrier is lost, and is there in between. */
  flaps: number[]
  hasOldIndex: boolean
  hasOldName: boolean
  hasDuplicate: boolean
  /** The step at which the agent is ended, to be started again. */
  restart: string | undefined
}

const STEPS = ['watching', 'ready', 'detached', 'attached', 'up', 'carrier', 'address', 'route']

function planOf(random: () => number): Plan {
  const upTo = (most: number) => random() * most
  const often = (share: number) => random() < share
  const times = (most: number) => Array.from({ length: Math.floor(upTo(most + 1)) }, () => upTo(20))
  return {
    swap: upTo(20),
    plug: upTo(20),
    lease: often(0.05) ? 1500 : upTo(60),
    renames: times(2),
    flaps: times(3),
    hasOldIndex: often(0.5),
    hasOldName: often(0.5),
    hasDuplicate: often(0.3),
    restart: often(0.3) ? STEPS[Math.floor(upTo(STEPS.length))] : undefined,
  }
}

interface Nic {
  ifname: string
  ifindex: number
  address: string
}

interface Said {
  step: string
  /** As `Date.now()`. */
  time: number
  facts: Record<string, unknown>
}

/** A process of its own that reads the kernel's events, each with the time at which it came. */
class Listener {
  readonly #lines: string[] = []

  constructor() {
    const words = ['-ts', '-o', 'monitor', 'link', 'address', 'route']
    const env = { ...process.env, TZ: 'UTC' }
    const child = spawn('ip', words, { env, stdio: ['ignore', 'pipe', 'inherit'] })
    afterwards(() => child.kill('SIGKILL'))
    let rest = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      this.#lines.push(...lines)
    })
  }

  /** When the last event that `pattern` describes came, of those before `time`. */
  last(pattern: RegExp, time: number): number {
    const found = this.#lines.flatMap((line) => {
      const [, when = '', what = ''] = /^\[([^\]]+)\](.*)$/.exec(line) ?? []
      const at = Date.parse(`${when.slice(0, 23)}Z`)
      return pattern.test(what) && at <= time ? [at] : []
    })
    return Math.max(...found)
  }

  forget(): void {
    this.#lines.length = 0
  }
}

/** One machine for all runs: the new NIC of one is the old NIC of the next. */
class Runs {
  readonly machine: Machine
  #nic: Nic
  #number = 0

  private constructor(machine: Machine, nic: Nic) {
    this.machine = machine
    this.#nic = nic
  }

  static async start(): Promise<Runs> {
    const folder = mkdtempSync(join(tmpdir(), 'netlink-agent-'))
    afterwards(() => rmSync(folder, { recursive: true }))
    const machine = await Machine.start({ leases: join(folder, 'leases'), isHere: true })
    afterwards(() => machine.close())
    machine.hostIp(`addr add ${DUPLICATE} dev br0 nodad`)
    machine.plug(machine.attach('nic0'))
    await machine.addressOf('nic0')
    machine.ip('link set nic0 up')
    await machine.lease('nic0')
    return new Runs(machine, nicOf(machine, 'nic0') as Nic)
  }

  /** What the agent said; rejects unless it ended well. */
  async run(plan: Plan): Promise<{ said: Said[]; expected: Nic }> {
    this.#number++
    const { machine } = this
    const old = this.#nic
    const name = plan.hasOldName ? old.ifname : `nic${this.#number}`
    const happening: Promise<unknown>[] = []
    const happens = (event: Promise<unknown>) => {
      event.catch(() => {})
      happening.push(event)
    }
    const said: Said[] = []
    const told = new Set<string>()
    let final = name
    const swap = async () => {
      machine.ip(`link del ${old.ifname}`)
      // A name and an ifindex are free again only then.
      await until('the old NIC to be gone', () => !nicOf(machine, old.ifname))
      await sleep(plan.swap)
      const peer = machine.attach(name, { index: plan.hasOldIndex ? old.ifindex : undefined })
      await Promise.all([this.#plug(peer, plan), this.#rename(name, plan, (to) => (final = to))])
    }
    const lease = async () => {
      if (plan.hasDuplicate) machine.ip(`addr add ${DUPLICATE} dev ${final}`)
      await sleep(plan.lease)
      await machine.lease(final)
    }
    for (let restart = plan.restart; ; restart = undefined) {
      const stop = new AbortController()
      const say = (step: string, facts: object) => {
        said.push({ step, time: Date.now(), facts: { ...facts } })
        if (step === restart) stop.abort(new Error('told to stop'))
        if (told.has(step)) return
        told.add(step)
        if (step === 'ready') happens(swap())
        if (step === 'carrier') happens(lease())
      }
      try {
        await provision(old.address, WAIT_MS, stop.signal, { say })
        break
      } catch (error) {
        if (!stop.signal.aborted || (error as Error).message !== 'told to stop') throw error
      }
    }
    await Promise.all(happening)
    this.#nic = nicOf(machine, final) as Nic
    return { said, expected: this.#nic }
  }

  async #plug(peer: string, { plug, flaps }: Plan): Promise<void> {
    await sleep(plug)
    this.machine.plug(peer)
    for (const time of flaps) {
      await sleep(time)
      this.machine.hostIp(`link set ${peer} down`)
      await sleep(time)
      this.machine.hostIp(`link set ${peer} up`)
    }
  }

  async #rename(name: string, { renames }: Plan, named: (name: string) => void): Promise<void> {
    let from = name
    if (renames.length > 0) await this.machine.addressOf(name)
    for (const [n, time] of renames.entries()) {
      await sleep(time)
      const to = `r${this.#number}x${n}`
      this.machine.ip(`link set ${from} name ${to}`)
      named(to)
      from = to
    }
  }
}

function nicOf(machine: Machine, name: string): Nic | undefined {
  const found = machine.read('link').find(({ ifname }) => ifname === name)
  return found as unknown as Nic | undefined
}

/** How late a step was after the last event that it needed. */
function lateness(said: Said[], step: string, listener: Listener, pattern: RegExp): number {
  const { time = 0 } = said.find((one) => one.step === step) ?? {}
  return time - listener.last(pattern, time)
}

const why = dhcpObstacle()
if (why !== undefined) {
  if (process.env.CI) throw new Error(why)
  console.log(`skipped: ${why}`)
} else if (has('nsenter', '--version')) {
  live(`the agent brings a machine online in ${RUNS} of ${RUNS} runs`, 600_000, async () => {
    const runs = await Runs.start()
    const listener = new Listener()
    const late: number[] = []
    let restarts = 0
    for (let n = 0; n < RUNS; n++) {
      const plan = planOf(randomStream(SEED, n))
      const what = `seed ${SEED}, run ${n}, ${JSON.stringify(plan)}`
      listener.forget()
      const { said, expected } = await runs.run(plan).catch((error) => {
        throw new Error(`${what}: ${error.step}: ${error.message}`)
      })
      const of = (step: string) => said.findLast((one) => one.step === step)?.facts ?? {}
      const { ifindex, address } = of('attached')
      assert.equal([ifindex, address], [expected.ifindex, expected.address], what)
      assert.match(String(of('address').local), /^10\.77\./, what)
      assert.is(of('metadata').metadata, 'the owner', what)
      if (plan.restart !== undefined) restarts++
      // What is read of the kernel, and what another process reads, may be some milliseconds apart.
      else late.push(lateness(said, 'online', listener, / inet 10\.|default via|LOWER_UP/))
    }
    late.sort((a, b) => a - b)
    const at = (share: number) => late[Math.floor(share * (late.length - 1))]
    console.log(
      `\nseed ${SEED}: ${RUNS} of ${RUNS} runs online, ${restarts} of them started again; after the kernel's last event ` +
        `${at(0.5)} ms (median), ${at(0.95)} ms (95 %), ${at(1)} ms (at most)`,
    )
    assert.ok(
      late.every((ms) => ms <= LATE_MS),
      `${late.join(' ')} ms`,
    )
  })
}

test.run()
