// Random changes of a network, as lines for `ip`: links, addresses, routes of every sort, neighbours, rules.
// In: random numbers from 0 to 1. Out: commands. Many of them the kernel refuses: that is no change.

/** `vx0` is what `vc1` is called at times. */
const LINKS = ['va0', 'va1', 'vb0', 'vb1', 'vc0', 'vc1', 'br0', 'vx0']
const TABLES = ['main', 'main', '77', '1000', 'local']

/** `hasVrf`: the kernel has virtual routing and forwarding. */
export function setUp(hasVrf: boolean): string[] {
  return [
    'link set lo up',
    ...['va', 'vb', 'vc'].map((name) => `link add ${name}0 type veth peer name ${name}1`),
    'link add br0 type bridge',
    ...(hasVrf ? ['link add vrf0 type vrf table 1000', 'link set vrf0 up'] : []),
    ...LINKS.filter((link) => link !== 'vx0').map((link) => `link set ${link} up`),
  ]
}

export class NetworkActions {
  readonly #random: () => number
  readonly #hasVrf: boolean

  constructor(random: () => number, hasVrf: boolean) {
    this.#random = random
    this.#hasVrf = hasVrf
  }

  next(): string {
    const weights: [number, () => string][] = [
      [12, () => this.#link()],
      [12, () => this.#address()],
      [14, () => this.#route4()],
      [12, () => this.#route6()],
      [4, () => this.#nexthop()],
      [4, () => this.#neighbour()],
      [4, () => this.#rule()],
    ]
    const total = weights.reduce((sum, [weight]) => sum + weight, 0)
    let left = this.#below(total)
    for (const [weight, make] of weights) {
      left -= weight
      if (left < 0) return make()
    }
    throw new Error('unreachable')
  }

  #below(end: number): number {
    return Math.floor(this.#random() * end)
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#below(list.length)] as T
  }

  #link(): string {
    const link = this.#pick(LINKS)
    return this.#pick([
      `link set ${link} up`,
      `link set ${link} up`,
      `link set ${link} up`,
      `link set ${link} down`,
      `link set ${link} mtu ${1300 + this.#below(3) * 100}`,
      // One end of a pair alone: both would be a loop, and a storm of packets.
      `link set ${this.#pick(['va0', 'vb0', 'vc0'])} master br0`,
      `link set ${link} nomaster`,
      ...(this.#hasVrf ? [`link set ${link} master vrf0`, `link set ${link} master vrf0`] : []),
      `link del vc0`,
      `link add vc0 type veth peer name vc1`,
      `link set ${link} address 02:00:00:00:00:0${this.#below(9)}`,
      ...[`link set vc1 name vx0`, `link set vx0 name vc1`],
    ])
  }

  #address(): string {
    const link = this.#pick(LINKS)
    const host = 1 + this.#below(4)
    const net = this.#below(3)
    const verb = this.#pick(['add', 'add', 'add', 'del', 'del', 'change'])
    const limits = this.#pick([
      '',
      '',
      ' valid_lft 1 preferred_lft 1',
      ' valid_lft 900 preferred_lft 600',
    ])
    const given = this.#pick([
      `10.0.${net}.${host}/24`,
      `10.0.${net}.${host}/24`,
      `10.0.${net}.${host} peer 10.9.${net}.${host}/32`,
      `2001:db8:${net}::${host}/64`,
      `2001:db8:${net}::${host}/64 nodad`,
      `2001:db8:${net}::${host}/128`,
      `2001:db8:${net}::${host} peer 2001:db8:9::${net}/128 nodad`,
    ])
    const extra = this.#pick(['', '', '', ' noprefixroute', ' metric 50', ' home'])
    if (this.#below(20) === 0) return `addr flush dev ${link}`
    return `addr ${verb} ${given} dev ${link}${verb === 'del' ? '' : `${extra}${limits}`}`
  }

  #hop4(): string {
    return this.#pick([
      `via 10.0.${this.#below(3)}.${200 + this.#below(3)} dev ${this.#pick(LINKS)} onlink`,
      `via 10.0.${this.#below(3)}.${200 + this.#below(3)}`,
      `dev ${this.#pick(LINKS)}`,
      `via inet6 fe80::${1 + this.#below(4)} dev ${this.#pick(LINKS)}`,
    ])
  }

  /** What routes have beside where they lead. */
  #extras(): string {
    return this.#pick([
      ...['', '', '', '', '', '', ' mtu 1400', ' mtu lock 1300', ' advmss 1200', ' hoplimit 9'],
      ...[' congctl reno', ' features ecn', ' quickack 1', ' initcwnd 20'],
    ])
  }

  #route4(): string {
    const verb = this.#pick(['add', 'append', 'prepend', 'replace', 'change', 'del', 'del', 'add'])
    const to = this.#pick([
      'default',
      `192.168.${this.#below(3)}.0/24`,
      '192.168.0.0/16',
      '203.0.113.7',
    ])
    const table = ` table ${this.#pick(TABLES)}`
    const metric = this.#pick(['', '', ` metric ${this.#below(3)}`])
    const tos = this.#pick(['', '', '', ' tos 0x10'])
    const kind = this.#below(10)
    if (kind === 0)
      return `route ${verb} ${this.#pick(['blackhole', 'unreachable', 'prohibit'])} ${to}${table}${metric}`
    if (kind === 1) return `route ${verb} ${to}${table}${metric} nhid ${1 + this.#below(5)}`
    if (kind <= 4) {
      const hops = Array.from({ length: 2 + this.#below(2) }, () => `nexthop ${this.#hop4()}`)
      return `route ${verb} ${to}${table}${metric}${tos} ${hops.join(' ')}`
    }
    const source = this.#pick(['', '', ` src 10.0.${this.#below(3)}.${1 + this.#below(4)}`])
    if (verb === 'del' && this.#below(2)) return `route del ${to}${table}`
    return `route ${verb} ${to}${table}${metric}${tos} ${this.#hop4()}${verb === 'del' ? '' : source + this.#extras()}`
  }

  #hop6(): string {
    return this.#pick([
      `via fe80::${1 + this.#below(4)} dev ${this.#pick(LINKS)}`,
      `via fe80::${1 + this.#below(4)} dev ${this.#pick(LINKS)}`,
      `dev ${this.#pick(LINKS)}`,
    ])
  }

  #route6(): string {
    const verb = this.#pick(['add', 'append', 'replace', 'change', 'del', 'del', 'add'])
    const to = this.#pick(['default', `2001:db8:10${this.#below(3)}::/48`, '2001:db8:200::7'])
    const table = ` table ${this.#pick(TABLES.slice(0, 4))}`
    const metric = this.#pick(['', '', ` metric ${1 + this.#below(3)}`])
    const kind = this.#below(10)
    if (kind === 0)
      return `-6 route ${verb} ${this.#pick(['blackhole', 'unreachable'])} ${to}${table}${metric}`
    if (kind === 1) return `-6 route ${verb} ${to}${table}${metric} nhid ${6 + this.#below(4)}`
    if (kind <= 4) {
      const hops = Array.from({ length: 2 + this.#below(2) }, () => `nexthop ${this.#hop6()}`)
      return `-6 route ${verb} ${to}${table}${metric} ${hops.join(' ')}`
    }
    const source = this.#pick(['', '', ` src 2001:db8:${this.#below(3)}::${1 + this.#below(4)}`])
    if (verb === 'del' && this.#below(2)) return `-6 route del ${to}${table}`
    const limits = this.#pick(['', '', '', ' expires 900', ' pref high', ' expires 2'])
    return `-6 route ${verb} ${to}${table}${metric} ${this.#hop6()}${verb === 'del' ? '' : source + this.#extras() + limits}`
  }

  #nexthop(): string {
    const verb = this.#pick(['add', 'replace', 'del'])
    const id = 1 + this.#below(9)
    if (verb === 'del') return `nexthop del id ${id}`
    if (id === 5) return `nexthop ${verb} id 5 group 1/2/3`
    if (id === 9) return `nexthop ${verb} id 9 group 6/7`
    const via =
      id < 5 ? `10.0.${this.#below(3)}.${200 + this.#below(3)}` : `fe80::${this.#below(9)}`
    return `nexthop ${verb} id ${id} via ${via} dev ${this.#pick(LINKS)}`
  }

  #neighbour(): string {
    const verb = this.#pick(['add', 'replace', 'del', 'replace'])
    const state = this.#pick(['permanent', 'permanent', 'reachable', 'stale', 'noarp'])
    const to = this.#pick([
      `10.0.${this.#below(3)}.${1 + this.#below(9)}`,
      `fe80::${1 + this.#below(9)}`,
    ])
    const flag = this.#pick(['', '', '', ' router', ' extern_learn'])
    const mac = `lladdr 02:00:00:00:01:0${this.#below(9)} nud ${state}${flag}`
    return `neigh ${verb} ${to} dev ${this.#pick(LINKS)} ${verb === 'del' ? '' : mac}`
  }

  #rule(): string {
    const verb = this.#pick(['add', 'add', 'del'])
    const family = this.#pick(['-4', '-6'])
    const preference = `pref ${100 + this.#below(5)}`
    const what = this.#pick([
      `fwmark 0x${1 + this.#below(3)} table 77`,
      `iif ${this.#pick(LINKS)} table 1000`,
      `oif ${this.#pick([...LINKS, 'none0'])} blackhole`,
      `goto ${101 + this.#below(6)}`,
      `from ${family === '-4' ? '10.0.0.0/8' : '2001:db8::/32'} table 77`,
      `ipproto tcp dport ${80 + this.#below(2)} lookup main suppress_prefixlength 0`,
      `not uidrange 10-2${this.#below(9)} prohibit`,
    ])
    return `${family} rule ${verb} ${preference} ${what}`
  }
}
