// The network monitor against `ip` where a router advertises: addresses, routes and their limits come from `radvd`, which
// runs in a network namespace of its own. The kernel announces some of that, and not the rest.

import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openNetworkMonitor } from 'netlink-wasm'
import { test } from 'uvu'
import type { Json } from '../support/network-agreement.ts'
import { afterwards, has, ip, live, otherNamespace, until, WAIT_MS } from './harness.ts'
import { agree, Consumers } from './network-agree.ts'

const timeout = WAIT_MS

/** What a router says: `all` in its interface's block, then prefixes and routes. */
function config(all: string, ...parts: string[]): string {
  const pace =
    'MinRtrAdvInterval 0.2; MaxRtrAdvInterval 0.3; MinDelayBetweenRAs 0.05; AdvIntervalOpt on;'
  return `interface vr1 { AdvSendAdvert on; ${pace} AdvDefaultLifetime 60; ${all} ${parts.join(' ')} };`
}

const prefix = (to: string, valid: number, preferred: number) =>
  `prefix ${to} { AdvValidLifetime ${valid}; AdvPreferredLifetime ${preferred}; };`
const route = (to: string, options: string) => `route ${to} { ${options} };`

function kernelRoutes(): Json[] {
  const printed = execFileSync('ip', ['-j', '-d', '-6', 'route', 'show', 'dev', 'vr0'], { timeout })
  return JSON.parse(printed.toString() || '[]')
}

/** Asked ten times a second: each time `ip` runs. */
const hasRoute = (accepts: (route: Json) => boolean) => async () => {
  await sleep(100)
  return kernelRoutes().some(accepts)
}
const hasNo = (accepts: (route: Json) => boolean) => async () => !(await hasRoute(accepts)())
const isDefault = ({ dst, protocol }: Json) => dst === 'default' && protocol === 'ra'

live('what a router advertises is as `ip` says, after each change', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'radvd-'))
  afterwards(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'radvd.conf')
  const long = prefix('2001:db8:ff::/64', 600, 300)
  writeFileSync(file, config('AdvLinkMTU 1400;', long, route('2001:db8:fe::/48', '')))
  if (!has('radvd', '--configtest', '--config', file)) return
  const router = await otherNamespace()
  const inRouter = (...command: string[]) => ['-t', `${router}`, '-n', ...command]
  ip('link set lo up', 'link add vr0 type veth peer name vr1')
  const sysctl = ['accept_ra=2', 'accept_ra_rt_info_max_plen=64']
  execFileSync('sysctl', ['-qw', ...sysctl.map((one) => `net.ipv6.conf.vr0.${one}`)], { timeout })
  ip(`link set vr1 netns ${router}`, 'link set vr0 up')
  for (const command of [
    'ip link set vr1 addrgenmode none up',
    // It advertises from this address, which so must be no tentative one.
    'ip addr add fe80::1/64 dev vr1 nodad',
    'sysctl -qw net.ipv6.conf.all.forwarding=1',
  ]) {
    execFileSync('nsenter', inRouter(...command.split(' ')), { timeout })
  }
  const network = await openNetworkMonitor({ neighbours: true, rules: true, timeout })
  afterwards(() => network.close())
  const consumers = new Consumers(network)
  const agreed = async (what: string) => {
    await agree(network, what)
    await consumers.agree(what)
  }
  const options = ['-n', '-C', file, '-p', join(folder, 'pid'), '-u', 'root', '-m', 'stderr']
  const radvd = spawn('nsenter', inRouter('radvd', ...options), { stdio: 'ignore' })
  afterwards(() => radvd.kill())
  const ended = new Promise((resolve) => radvd.once('exit', resolve))

  await until('an advertised route', hasRoute(isDefault))
  await agreed('the first advertisement')

  const short = prefix('2001:db8:fc::/64', 9, 5)
  const low = route('2001:db8:fd::/48', 'AdvRoutePreference low;')
  const all = 'AdvDefaultPreference high; AdvCurHopLimit 32; AdvLinkMTU 1350;'
  writeFileSync(file, config(all, long, short, low))
  radvd.kill('SIGHUP')
  await until(
    'another preference',
    hasRoute((it) => isDefault(it) && it.pref === 'high'),
  )
  await agreed('another preference, hop limit, MTU, route and prefix')

  const before = 'AdvDefaultPreference low; AdvCurHopLimit 16; AdvLinkMTU 1450;'
  writeFileSync(file, config(before, long, route('2001:db8:fd::/48', 'AdvRoutePreference high;')))
  radvd.kill('SIGHUP')
  await until(
    'one more preference',
    hasRoute((it) => isDefault(it) && it.pref === 'low'),
  )
  await agreed('one more preference, and a prefix that is advertised no more')
  await until(
    'its end',
    hasNo(({ dst }) => dst === '2001:db8:fc::/64'),
  )
  await agreed('the end of a prefix')

  ip('addr add 2001:db8:ff::5/64 dev vr0', 'route append default via fe80::99 dev vr0')
  await agreed('an address and a route beside those that were advertised')
  ip('link set vr0 down')
  await agreed('down')
  ip('link set vr0 up')
  await until('the routes to return', hasRoute(isDefault))
  await agreed('up')
  ip('addr flush dev vr0 scope global')
  await agreed('without addresses')

  radvd.kill()
  await ended
  await until('the router to go', hasNo(isDefault))
  await agreed('after the last advertisement')
})

test.run()
