// Random changes of links, as an administrator, udev or a container runtime would make them.
// In: a source of random numbers. Out: commands that were carried out; what the kernel refuses is left out.

import { spawn, spawnSync } from 'node:child_process'
import { readlinkSync } from 'node:fs'
import type { Link } from 'netlink-wasm'
import { afterwards, until, WAIT_MS } from './harness.ts'

interface Known {
  ifindex: number
  ifname: string
  kind: string
  isUp: boolean
  master: string | undefined
  altnames: string[]
}

/** At most so many links at a time: each comparison reads them all. */
const LINKS_MAX = 14

export class RandomOperations {
  /** Commands by their first words, and how often each was carried out. */
  readonly done = new Map<string, number>()
  refused = 0
  readonly #below: (n: number) => number
  readonly #other: number
  /** Links that live in the other namespace now. */
  readonly #away = new Set<string>()
  #count = 0
  /** Names and indexes of links that are gone. */
  #gone: { ifindex: number; ifname: string }[] = []

  private constructor(below: (n: number) => number, other: number) {
    this.#below = below
    this.#other = other
  }

  /** `below(n)`: a random whole number from 0 to n - 1. */
  static async create(below: (n: number) => number): Promise<RandomOperations> {
    const holder = spawn('unshare', ['--net', 'sleep', 'infinity'], { stdio: 'ignore' })
    afterwards(() => holder.kill('SIGKILL'))
    const { pid } = holder
    if (pid === undefined) throw new Error('expected unshare to start')
    const ours = readlinkSync('/proc/self/ns/net')
    await until('the other namespace', () => readlinkSync(`/proc/${pid}/ns/net`) !== ours)
    return new RandomOperations(below, pid)
  }

  /** Carries out one on the links that there are, and returns it. */
  next(links: Iterable<Link>): string {
    const there = known(links)
    for (;;) {
      const command = this.#make(there)
      if (command === undefined) continue
      const [file = '', ...args] = command
      const { status } = spawnSync(file, args, { timeout: WAIT_MS })
      if (status !== 0) {
        this.refused++
        continue
      }
      const text = command.join(' ')
      const what = text
        .replace(/\b[a-z]\d+\b|\d[\w:.]*/g, '')
        .replace(/ +/g, ' ')
        .trim()
      this.done.set(what, (this.done.get(what) ?? 0) + 1)
      return text
    }
  }

  #make(links: Known[]): string[] | undefined {
    const one = this.#pick(links)
    const number = this.#below(1000)
    if (!one || (links.length < LINKS_MAX && this.#below(5) === 0)) return this.#add(links)
    const { ifname } = one
    const set = (...words: (string | number)[]) => [
      'ip',
      'link',
      'set',
      ifname,
      ...words.map(String),
    ]
    const onOff = ['on', 'off'][number % 2] as string
    const choices: (() => string[] | undefined)[] = [
      () => this.#remove(one),
      () => set('name', this.#name()),
      () => set(one.isUp ? 'down' : 'up'),
      () => set('up'),
      () => set('up'),
      () => set('alias', number % 3 ? `alias ${number}` : ''),
      () => this.#altname(one),
      () => set('group', number),
      () => set('txqueuelen', number),
      () => set('mtu', 1280 + (number % 200)),
      () => set('address', `02:00:00:00:${number % 100 < 10 ? '0' : ''}${number % 100}:01`),
      () => set('promisc', onOff),
      () => set('allmulticast', onOff),
      () => set('mode', ['default', 'dormant'][number % 2] as string),
      () => set('addrgenmode', ['eui64', 'none', 'random'][number % 3] as string),
      () => set('protodown', onOff),
      () => set('carrier', onOff),
      () => set('gso_max_size', 60_000 + number),
      () => this.#enslave(one, links),
      () => set('nomaster'),
      () => this.#portState(one, links),
      () => this.#bridge(links),
      () => this.#move(one),
      () => this.#back(),
      () => [
        'tc',
        'qdisc',
        'replace',
        'dev',
        ifname,
        'root',
        ['pfifo', 'fq_codel'][number % 2] as string,
      ],
      () => ['tc', 'qdisc', 'del', 'dev', ifname, 'root'],
    ]
    return this.#pick(choices)?.()
  }

  #add(links: Known[]): string[] {
    const lower = this.#pick(links)?.ifname
    const on = lower === undefined ? [] : ['link', lower]
    const again = this.#below(3) === 0 ? this.#gone.pop() : undefined
    const name = again && this.#below(2) === 0 ? again.ifname : this.#name()
    const index = again ? ['index', `${again.ifindex}`] : []
    const kind = this.#pick(['veth', 'veth', 'bridge', 'ifb', 'macvlan', 'vxlan', 'tun'])
    if (kind === 'tun') return ['ip', 'tuntap', 'add', name, 'mode', 'tap', 'user', '54321']
    const add = [
      'ip',
      'link',
      'add',
      ...(kind === 'macvlan' ? on : []),
      'name',
      name,
      ...index,
      'type',
    ]
    if (kind === 'veth') return [...add, 'veth', 'peer', 'name', this.#name()]
    if (kind === 'vxlan') return [...add, 'vxlan', 'id', `${++this.#count}`, 'dstport', '4789']
    return [...add, kind as string]
  }

  #remove({ ifindex, ifname }: Known): string[] {
    this.#gone = [...this.#gone.slice(-3), { ifindex, ifname }]
    return ['ip', 'link', 'del', ifname]
  }

  #altname({ ifname, altnames }: Known): string[] {
    const there = this.#pick(altnames)
    const [what, name] = there && this.#below(2) ? ['del', there] : ['add', `alt${++this.#count}`]
    return ['ip', 'link', 'property', what as string, 'dev', ifname, 'altname', name as string]
  }

  #enslave({ ifname }: Known, links: Known[]): string[] | undefined {
    const bridge = this.#pick(links.filter(({ kind }) => kind === 'bridge'))
    return bridge && ['ip', 'link', 'set', ifname, 'master', bridge.ifname]
  }

  #portState(one: Known, links: Known[]): string[] | undefined {
    const port = this.#pick(links.filter(({ master }) => master !== undefined)) ?? one
    const [what, value] = this.#below(2)
      ? ['state', `${this.#below(5)}`]
      : [this.#pick(['hairpin', 'learning', 'isolated']) as string, ['on', 'off'][this.#below(2)]]
    return [
      'ip',
      'link',
      'set',
      port.ifname,
      'type',
      'bridge_slave',
      what as string,
      value as string,
    ]
  }

  #bridge(links: Known[]): string[] | undefined {
    const bridge = this.#pick(links.filter(({ kind }) => kind === 'bridge'))
    const option = this.#pick([
      ['stp_state', `${this.#below(2)}`],
      ['priority', `${4096 * this.#below(8)}`],
      ['mcast_snooping', `${this.#below(2)}`],
    ])
    return bridge && ['ip', 'link', 'set', bridge.ifname, 'type', 'bridge', ...(option as string[])]
  }

  #move({ ifname, kind }: Known): string[] | undefined {
    if (kind !== 'veth' || this.#away.size > 2) return undefined
    this.#away.add(ifname)
    return ['ip', 'link', 'set', ifname, 'netns', `${this.#other}`]
  }

  #back(): string[] | undefined {
    const name = this.#pick([...this.#away])
    if (name === undefined) return undefined
    this.#away.delete(name)
    const set = ['ip', 'link', 'set', name, 'netns', `${process.pid}`]
    return ['nsenter', '-t', `${this.#other}`, '-n', ...set]
  }

  #name(): string {
    return `n${++this.#count}`
  }

  #pick<T>(list: readonly T[]): T | undefined {
    return list[this.#below(list.length)]
  }
}

/** The links that operations may change. */
function known(links: Iterable<Link>): Known[] {
  return [...links].flatMap(({ ifindex, ifname, linkinfo, flags, master, altnames }) => {
    const kind = linkinfo?.info_kind ?? ''
    return kind === ''
      ? []
      : [{ ifindex, ifname, kind, isUp: flags.includes('UP'), master, altnames }]
  })
}
