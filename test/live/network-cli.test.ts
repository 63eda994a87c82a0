// The commands about the whole network against `ip`: what they print, and how they exit.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { differences, type Json, type Side, theirs } from '../support/network-agreement.ts'
import { cliResult } from './cli.ts'
import { ip, live, until } from './harness.ts'
import { wholeDifferences } from './whole-links.ts'

async function printed(...args: string[]): Promise<Json[]> {
  const { code, stdout, stderr } = await cliResult(...args, '--json')
  assert.equal({ code, stderr }, { code: 0, stderr: '' })
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
}

async function side(): Promise<Side> {
  return {
    addresses: await printed('addresses'),
    routes: await printed('routes', 'all'),
    neighbours: await printed('neighbours'),
    rules: await printed('rules'),
  }
}

function setUp(): void {
  ip(
    'link set lo up',
    'link add va type veth peer name vb',
    'link set va up',
    'link set vb up',
    'addr add 192.0.2.7/24 dev va',
    'addr add 10.0.0.1 peer 10.0.0.2/32 dev va',
    'addr add 2001:db8::7/64 dev va nodad',
  )
}

live('what the commands print is what `ip -j` prints, key by key', async () => {
  setUp()
  ip(
    'route add default via 192.0.2.1 metric 5',
    'route add 203.0.113.0/24 table 77 nexthop via 192.0.2.1 nexthop via 192.0.2.2 weight 3',
    'route add blackhole 198.51.100.0/24',
    'route add ::/0 via 2001:db8::1',
    'neigh add 192.0.2.1 lladdr 02:00:00:00:00:01 dev va nud permanent',
    'rule add fwmark 7 table 77 pref 100',
  )
  let found: string[] = []
  await until('both to print the same', async () => {
    found = [
      ...wholeDifferences(await printed('links')),
      ...differences(await side(), await theirs()),
    ]
    return found.length === 0
  }).catch((error) => assert.unreachable(`${error.message}: ${found.join('\n')}`))
  const main = await printed('routes')
  assert.ok(main.some(({ dst }) => dst === 'default'))
  assert.not(main.some(({ table }) => table !== 'main'))
  assert.equal(
    await printed('routes', '77'),
    (await printed('routes', 'all')).filter(({ table }) => table === '77'),
  )
})

live('waits print what they waited for, and say what is missing', async () => {
  setUp()
  const wait = (...args: string[]) => cliResult('wait', ...args)
  const address = await wait('address', 'va', '--family', 'inet', '--within', '192.0.2.0/24')
  assert.equal([address.code, address.stdout], [0, '192.0.2.7\n'])
  const offline = await wait('online', '--link', 'va', '--timeout', '3')
  assert.is(offline.code, 124)
  assert.match(offline.stderr, 'va has 192.0.2.7/24')
  assert.match(offline.stderr, 'no default route of inet; no default route of inet6')
  const online = wait('online', '--timeout', '60')
  ip('route add default via 192.0.2.1')
  assert.match((await online).stdout, /^va \S+ default via 192\.0\.2\.1 dev va/)
  assert.match(
    (await wait('route', '203.0.113.1')).stdout,
    /^203\.0\.113\.1 via 192\.0\.2\.1 dev va/,
  )
  assert.is((await wait('route', '10.0.0.0/8', '--timeout', '0.1')).code, 124)
  assert.is((await wait('route', '300.0.0.1')).code, 2)
  assert.is((await wait('address', '--family', 'ipx')).code, 2)
  assert.is((await cliResult('routes', 'nowhere')).code, 2)
  assert.is((await cliResult('watch', 'nothing')).code, 2)
})

test.run()
