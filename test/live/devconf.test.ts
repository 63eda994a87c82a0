// The device configuration that RTM_NEWLINK tells, each number by its name, beside what /proc/sys says under that name.

import { readFileSync, writeFileSync } from 'node:fs'
import type { TreeNode } from 'netlink-wasm/decoder'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ask } from '../support/dumps.ts'
import { ip, live } from './harness.ts'

const LINK = 've-conf'

/** What sysctl calls otherwise than by the enum's name with underscores. */
const SYSCTL: Readonly<Record<string, string>> = {
  arpfilter: 'arp_filter',
  noxfrm: 'disable_xfrm',
  nopolicy: 'disable_policy',
  hoplimit: 'hop_limit',
  mtu6: 'mtu',
  'rtr-solicits': 'router_solicitations',
  'rtr-solicit-interval': 'router_solicitation_interval',
  'rtr-solicit-delay': 'router_solicitation_delay',
  'rtr-solicit-max-interval': 'router_solicitation_max_interval',
  'rtr-probe-interval': 'router_probe_interval',
}
/** Milliseconds here, seconds there. */
const SECONDS = new Set([
  ...['rtr-solicit-interval', 'rtr-solicit-delay', 'rtr-solicit-max-interval'],
  'rtr-probe-interval',
])
/** An address, which the array has no room for. */
const NOT_TOLD = new Set(['stable-secret'])

/** Numbers that are no default and differ from each other, so that none can stand in another's place unseen. */
const UNUSUAL: Readonly<Record<string, number>> = {
  'ipv4/accept_redirects': 0,
  'ipv4/rp_filter': 2,
  'ipv4/tag': 41,
  'ipv4/medium_id': 42,
  'ipv4/arp_announce': 2,
  'ipv4/arp_ignore': 8,
  'ipv4/igmpv2_unsolicited_report_interval': 10043,
  'ipv4/igmpv3_unsolicited_report_interval': 1044,
  'ipv4/arp_filter': 1,
  'ipv6/hop_limit': 45,
  'ipv6/dad_transmits': 6,
  'ipv6/router_solicitations': 7,
  'ipv6/router_solicitation_interval': 8,
  'ipv6/router_solicitation_delay': 9,
  'ipv6/temp_valid_lft': 604846,
  'ipv6/temp_prefered_lft': 86447,
  'ipv6/regen_max_retry': 13,
  'ipv6/max_desync_factor': 648,
  'ipv6/max_addresses': 19,
  'ipv6/accept_ra_min_hop_limit': 21,
  'ipv6/mldv1_unsolicited_report_interval': 10022,
  'ipv6/mldv2_unsolicited_report_interval': 1023,
  'ipv6/router_solicitation_max_interval': 3624,
}

/** A number of sysctl's; undefined where this kernel has none of the name, or none that can be read. */
function sysctl(family: string, name: string): number | undefined {
  try {
    return Number(readFileSync(`/proc/sys/net/${family}/conf/${LINK}/${name}`, 'utf8'))
  } catch {
    return undefined
  }
}

async function confOf(family: 'inet' | 'inet6'): Promise<Iterable<TreeNode>> {
  const { answers } = await ask({ link: { type: 18, bytes: 16 } })
  const link = answers.link.find((message) => message.find('ifname')?.value === LINK)
  const conf = link?.find(`af-spec/${family}/conf`)
  assert.ok(conf, `expected ${family}'s configuration of ${LINK}`)
  return conf.children
}

for (const [family, folder, least] of [
  ['inet', 'ipv4', 25],
  ['inet6', 'ipv6', 35],
] as const) {
  live(`each number of ${family}'s device configuration is what sysctl says`, async () => {
    ip(`link add ${LINK} type veth peer name ve-conf-peer`)
    let changed = 0
    for (const [path, value] of Object.entries(UNUSUAL)) {
      const [from, name = ''] = path.split('/')
      if (from !== folder) continue
      try {
        writeFileSync(`/proc/sys/net/${folder}/conf/${LINK}/${name}`, `${value}`)
        changed++
      } catch {
        // A kernel without it, or a /proc that is read-only: the defaults are compared.
      }
    }
    const compared: string[] = []
    for (const child of await confOf(family)) {
      if (child.kind !== 'element' || NOT_TOLD.has(child.name)) continue
      const { name } = child
      const said = sysctl(folder, SYSCTL[name] ?? name.replaceAll('-', '_'))
      if (said === undefined) continue
      const wanted = SECONDS.has(name) && said > 0 ? said * 1000 : said
      assert.is((child.value as number) | 0, wanted | 0, `${family} ${name}`)
      compared.push(name)
    }
    console.log(
      `${compared.length} numbers of ${family} compared, ${changed} of them changed before`,
    )
    assert.ok(compared.length >= least, `expected ${least} to compare, got ${compared.join(' ')}`)
  })
}

test.run()
