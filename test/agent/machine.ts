// A machine and its host, each a network namespace: the host has a bridge, gives NICs, addresses and metadata, and takes all
// of it away. In: calls. Out: what the kernel makes of them. Both end with this process, however that ends. Needs root.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const HOST = fileURLToPath(new URL('host.mjs', import.meta.url))
const LEASE = fileURLToPath(new URL('lease.sh', import.meta.url))
const START_MS = 30_000
const FIRST_INDEX = 1000

export const UDHCPC = '/usr/sbin/udhcpc'
export const DNSMASQ = '/usr/sbin/dnsmasq'

/** Why there is no DHCP here; undefined if there is. */
export function dhcpObstacle(): string | undefined {
  const [missing] = [DNSMASQ, UDHCPC].filter((path) => !existsSync(path))
  return missing && `expected ${missing}: Debian's dnsmasq-base and udhcpc`
}

export interface MachineOptions {
  leases?: string | undefined
  isHere?: boolean
}

export interface NicOptions {
  index?: number | undefined
  address?: string | undefined
}

export class Machine {
  /** Processes in the two namespaces, by which others find them. */
  readonly pid: number
  readonly hostPid: number
  readonly #children: ChildProcess[]
  readonly #own: ChildProcess
  readonly #ofHost: ChildProcess
  #nics = 0

  /**
   * With `isHere`, the machine is the namespace of this process. `leases` is the file of a DHCP server.
   *
   * @throws if it is not there within half a minute
   */
  static async start({ leases, isHere = false }: MachineOptions = {}): Promise<Machine> {
    const unshare = (...command: string[]) =>
      spawn('unshare', ['--net', ...command], { stdio: ['pipe', 'pipe', 'inherit'] })
    const host = unshare(process.execPath, HOST, ...(leases ? [leases] : []))
    const children = [host]
    if (!isHere) children.push(unshare('sh', '-c', 'ip link set lo up && echo ready && exec cat'))
    const signal = AbortSignal.timeout(START_MS)
    try {
      await Promise.all(children.map(({ stdout }) => once(stdout, 'data', { signal })))
    } catch (error) {
      for (const child of children) child.stdin.end()
      throw error
    }
    return new Machine(children)
  }

  private constructor([host, machine]: ChildProcess[]) {
    this.pid = machine?.pid ?? process.pid
    this.hostPid = host?.pid as number
    this.#own = this.#batch(this.pid)
    this.#ofHost = this.#batch(this.hostPid)
    const all = [host, machine, this.#own, this.#ofHost]
    this.#children = all.flatMap((one) => one ?? [])
  }

  /** A command that runs another one in the machine. */
  get prefix(): string[] {
    return ['nsenter', `--net=/proc/${this.pid}/ns/net`]
  }

  /** Commands of `ip` in the machine, which take effect at once. */
  ip(...commands: string[]): void {
    write(this.#own, commands)
  }

  /** The same on the host. */
  hostIp(...commands: string[]): void {
    write(this.#ofHost, commands)
  }

  /** Puts a NIC into the machine; returns its other end, which is to be plugged in. */
  attach(name: string, { index, address }: NicOptions = {}): string {
    this.#nics++
    const peer = `host${this.#nics}`
    const words = `${index ? ` index ${index}` : ''}${address ? ` address ${address}` : ''}`
    // The kernel takes an ifindex for one end only together with one for the other.
    const own = index ? ` index ${FIRST_INDEX + this.#nics}` : ''
    this.hostIp(`link add ${peer}${own} type veth peer name ${name}${words} netns ${this.pid}`)
    return peer
  }

  /** Plugs the other end of a NIC in. */
  plug(peer: string): void {
    this.hostIp(`link set ${peer} master br0 up`)
  }

  /** Takes the other end of a NIC out. */
  unplug(peer: string): void {
    this.hostIp(`link set ${peer} down`)
  }

  /** From now on, the metadata server answers with errors. */
  breakServer(): void {
    this.#children[0]?.stdin?.write('broken')
  }

  /** Starts a program on the host, which ends with it. */
  onHost(...command: string[]): ChildProcess {
    const args = [`--net=/proc/${this.hostPid}/ns/net`, ...command]
    const child = spawn('nsenter', args, { stdio: ['ignore', 'ignore', 'inherit'] })
    this.#children.push(child)
    return child
  }

  /** What `ip -j` prints in the machine. */
  read(...args: string[]): Record<string, unknown>[] {
    const [file = '', ...rest] = [...this.prefix, 'ip', '-j', ...args]
    const { stdout } = spawnSync(file, rest, { encoding: 'utf8', timeout: START_MS })
    return JSON.parse(stdout || '[]')
  }

  /** The address of a NIC, once that is there. */
  async addressOf(name: string): Promise<string> {
    for (;;) {
      const [found] = this.read('link').filter(({ ifname }) => ifname === name)
      if (found) return String(found.address)
      await sleep(5)
    }
  }

  /** Runs a DHCP client for a NIC, which sets an address and a default route, and ends. */
  async lease(name: string): Promise<void> {
    const client = [UDHCPC, '-f', '-n', '-q', '-i', name, '-s', LEASE, '-t', '20', '-T', '1']
    const [file = '', ...args] = [...this.prefix, ...client]
    const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    this.#children.push(child)
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text) => {
      said += text
    })
    const [code] = await once(child, 'close')
    if (code !== 0) throw new Error(`udhcpc ended with ${code}: ${said}`)
  }

  close(): void {
    const [host, ...others] = this.#children
    // Killed, it would leave its DHCP server behind, and so the namespace.
    host?.stdin?.end()
    for (const child of others) child.kill('SIGKILL')
  }

  #batch(pid: number): ChildProcess {
    const args = [`--net=/proc/${pid}/ns/net`, 'ip', '-force', '-batch', '-']
    const child = spawn('nsenter', args, { stdio: ['pipe', 'ignore', 'inherit'] })
    child.stdin?.on('error', () => {})
    return child
  }
}

function write({ stdin }: ChildProcess, commands: string[]): void {
  stdin?.write(commands.map((command) => `${command}\n`).join(''))
}
