// The names of groups and the numbers of requests, against the installed UAPI headers.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CTRL, GROUP_TABLES, knownGroups, PROTOCOLS, parseGroup } from '../../src/kernel/groups.ts'
import { DUMPS } from '../../src/record/dump-table.ts'

/** Younger than the headers of some distributions: compared where they are known. */
const YOUNG = /RTNLGRP_IPV[46]_M?A?CADDR/

const HEADERS = [
  ...new Set(GROUP_TABLES.map(({ header }) => header)),
  ...['linux/netlink.h', 'linux/genetlink.h', 'linux/if_link.h', 'linux/if_addr.h'],
  ...['linux/neighbour.h', 'linux/nexthop.h', 'linux/netconf.h', 'linux/fib_rules.h'],
  ...['linux/if_bridge.h', 'linux/netfilter/nfnetlink_conntrack.h'],
  ...['linux/netfilter/nf_tables.h', 'linux/netfilter/nfnetlink_acct.h', 'linux/mroute.h'],
]

/** What C makes of expressions; one that is not known to the headers is left out. */
function compiled(expressions: readonly string[]): Map<string, number> {
  const folder = mkdtempSync(join(tmpdir(), 'netlink-wasm-'))
  try {
    const lines = expressions.flatMap((expression) => {
      const line = `printf("%ld ${expression}\\n", (long)(${expression}));`
      return YOUNG.test(expression) ? [`#ifdef ${expression}`, line, '#endif'] : [line]
    })
    const includes = ['#include <stdio.h>', '#include <netinet/in.h>']
    includes.push(...HEADERS.map((header) => `#include <${header}>`))
    const source = [...includes, 'int main() {', ...lines, '}'].join('\n')
    writeFileSync(join(folder, 'numbers.cc'), source)
    const options = { cwd: folder, encoding: 'utf8' } as const
    const { status, stderr } = spawnSync('g++', ['numbers.cc', '-o', 'numbers'], options)
    assert.is(status, 0, stderr)
    const printed = spawnSync(join(folder, 'numbers'), options).stdout.trim().split('\n')
    return new Map(
      printed.map((line) => {
        const [, number, expression = ''] = /^(\d+) (.*)$/.exec(line) ?? []
        return [expression, Number(number)]
      }),
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('every group, protocol and request has the number of the headers', () => {
  const numbers: [string, number][] = [
    ...Object.entries(PROTOCOLS).map(([name, n]): [string, number] => [`NETLINK_${name}`, n]),
    ...GROUP_TABLES.flatMap(({ prefix, groups }) =>
      Object.entries(groups).map(([name, n]): [string, number] => [prefix + name, n]),
    ),
    ...Object.entries(CTRL),
    ...DUMPS.map(({ name, type }): [string, number] => [name, type]),
    ...DUMPS.map(({ struct, bytes }): [string, number] => [`sizeof(struct ${struct})`, bytes]),
  ]
  assert.ok(numbers.length > 130, `${numbers.length} numbers`)
  const header = compiled([...new Set(numbers.map(([expression]) => expression))])
  for (const [expression, number] of numbers) {
    if (YOUNG.test(expression) && !header.has(expression)) continue
    assert.is(header.get(expression), number, expression)
  }
})

test('no group of the headers is missing, but for those that are none', () => {
  const given = GROUP_TABLES.map(({ prefix, groups }) => {
    return [
      `${prefix.replace(/^AUDIT_/, '__AUDIT_').replace(/^([A-Z]*NLGRP|RTNLGRP)_/, '__$1_')}MAX`,
      groups,
    ] as const
  })
  const last = compiled(given.map(([name]) => name))
  for (const [name, groups] of given) {
    const known = new Set(Object.values(groups))
    const missing = Array.from({ length: (last.get(name) ?? 0) - 1 }, (_, at) => at + 1).filter(
      (group) => !known.has(group),
    )
    // RTNLGRP_NOP2 and RTNLGRP_NOP4 have never been used.
    assert.equal(missing, name === '__RTNLGRP_MAX' ? [14, 17] : [], name)
  }
})

test('a group is a name of rtnetlink, or a protocol and a name or a number', () => {
  const meant: [string, unknown][] = [
    ['link', { protocol: 0, group: 1 }],
    ['ipv4-ifaddr', { protocol: 0, group: 5 }],
    ['decnet-route', { protocol: 0, group: 15 }],
    ['brvlan', { protocol: 0, group: 33 }],
    ['route/nexthop', { protocol: 0, group: 32 }],
    ['0/36', { protocol: 0, group: 36 }],
    ['nfnetlink/conntrack-new', { protocol: 12, group: 1 }],
    ['netfilter/nftrace', { protocol: 12, group: 9 }],
    ['nftables/nftables', { protocol: 12, group: 7 }],
    ['sock-diag/inet6-udp-destroy', { protocol: 4, group: 4 }],
    ['xfrm/sa', { protocol: 6, group: 3 }],
    ['audit/readlog', { protocol: 9, group: 1 }],
    ['uevent/1', { protocol: 15, group: 1 }],
    ['kobject-uevent/2', { protocol: 15, group: 2 }],
    ['generic/16', { protocol: 16, group: 16 }],
    ['nlctrl/notify', { family: 'nlctrl', group: 'notify' }],
    ['ethtool/monitor', { family: 'ethtool', group: 'monitor' }],
  ]
  for (const [text, group] of meant) assert.equal(parseGroup(text), group, text)
})

test('what is no group is told from one of a generic family', () => {
  const none = ['', '/', 'link/', '/link', 'LINK', 'link/up/down', 'nolink', '1', 'nfnetlink/none']
  none.push('0/0', '0/-1', 'xfrm/1.5', 'constructor', 'route/toString', 'uevent/kernel')
  for (const text of none) assert.is(parseGroup(text), undefined, text)
})

test('the known ones are listed, generic families included', () => {
  const families = [{ id: 16, name: 'nlctrl', groups: [{ name: 'notify', id: 16 }] }]
  const text = knownGroups([...families, { id: 20, name: 'mute', groups: [] }])
  for (const name of ['link', 'decnet-rule', 'netfilter/nftables', 'nlctrl/notify']) {
    assert.ok(text.split(/\s+/).includes(name), name)
  }
  assert.not.ok(text.includes('mute'))
})

test.run()
