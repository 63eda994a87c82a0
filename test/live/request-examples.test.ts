// The examples of src/request/README.md, each run as it stands and held against the tool that it replaces.

import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Json, json, run } from './asking.ts'
import { start } from './cli.ts'
import { afterwards, has, ip, live } from './harness.ts'

const readme = readFileSync(new URL('../../src/request/README.md', import.meta.url), 'utf8')
const examples = [...readme.matchAll(/^```js\n([\s\S]*?)^```\n/gm)].map(([, code = '']) => code)

/** `await using` is for Node.js 24 and up: elsewhere the sockets are closed by the end of the process. */
const runnable = (code: string) => `${code.replaceAll('await using', 'const')}\nprocess.exit()\n`

/** What the example prints that has this in it. */
async function printed(part: string, change = (code: string) => code): Promise<string[]> {
  const [code, ...others] = examples.filter((one) => one.includes(part))
  if (code === undefined || others.length > 0) throw new Error(`expected one example with ${part}`)
  const args = ['--input-type=module', '-e', runnable(change(code))]
  const { stdout, stderr } = await start(process.execPath, args).ended
  assert.is(stderr, '')
  return stdout.split('\n').slice(0, -1)
}

live('a fake kernel answers', async () => {
  const [, output = ''] = /^```\n\n((?: {4}.*\n)+)\nA session/m.exec(readme) ?? []
  assert.equal(
    await printed('fakeKernel'),
    output
      .trimEnd()
      .split('\n')
      .map((line) => line.slice(4)),
  )
})

live('a session that is recorded is replayed', async () => {
  ip('link set lo up', 'link add va type veth peer name vb', 'link set va up')
  ip('addr add 192.0.2.1/24 dev va', 'route add 198.51.100.0/24 dev va')
  const folder = mkdtempSync(join(tmpdir(), 'requests-'))
  afterwards(() => rmSync(folder, { recursive: true }))
  const inFolder = (code: string) =>
    code.replace('requests.pcapng', join(folder, 'requests.pcapng'))
  assert.equal(await printed('recordRequests({', inFolder), [])
  const routes = json('ip', '-j', '-4', 'route', 'show', 'table', 'all')
  ip('route flush table main')
  const replayed = await printed('replayRequests(', inFolder)
  assert.ok(replayed.includes('198.51.100.0'))
  assert.is(replayed.length, routes.length)
})

live('a vxlan is made, set up and given an address', async () => {
  assert.equal(await printed("kind: 'vxlan'"), [])
  const [theirs = {}] = json('ip', '-j', '-d', 'addr', 'show', 'vx0')
  const info = (theirs.linkinfo as Json).info_data as Json
  assert.equal([info.id, info.port, info.local, theirs.mtu], [42, 4789, '192.0.2.1', 1400])
  const [address] = (theirs.addr_info as Json[]).filter(({ family }) => family === 'inet')
  assert.equal([address?.local, address?.prefixlen], ['10.0.0.1', 24])
  assert.ok((theirs.flags as unknown as string[]).includes('UP'))
})

live('queueing disciplines are those of tc', async () => {
  ip('link add va type veth peer name vb', 'link set va up', 'link set vb up')
  run('tc', ...'qdisc add dev va root handle 1: htb default 1'.split(' '))
  const ours = (await printed("openNetlink('tc')")).map((line) => JSON.parse(line) as Json)
  const theirs = json('tc', '-j', '-s', 'qdisc', 'show')
  assert.equal(
    ours.map(({ kind, drops }) => [kind, drops]),
    theirs.map(({ kind, drops }) => [kind, drops]),
  )
  assert.ok(ours.some(({ kind, handle }) => kind === 'htb' && handle === 0x10000))
})

if (has('ss', '-V')) {
  live('sockets that listen are those of ss', async () => {
    ip('link set lo up')
    for (const host of ['127.0.0.1', '::1']) {
      const server = createServer().listen(0, host)
      await once(server, 'listening')
      afterwards(() => server.close())
    }
    const ours = await printed('idiag-states')
    const theirs = run('ss', '-Hntl').trim().split('\n')
    const plain = theirs.map((line) =>
      line.split(/\s+/)[3]?.replace(/^\[?(.*?)\]?:(\d+)$/, '$1 $2'),
    )
    assert.equal(ours.sort(), plain.sort())
    assert.is(ours.length, 2)
  })
}

if (has('ethtool', '--version')) {
  live('NICs are as ethtool prints them', async () => {
    ip('link add va type veth peer name vb', 'link set va up', 'link set vb up')
    const ours = (await printed('linkmodes-get')).map((line) => JSON.parse(line) as Json)
    assert.equal(ours.map(({ dev }) => dev).sort(), ['va', 'vb'])
    for (const { dev, speed, features } of ours) {
      assert.match(run('ethtool', dev as string), `Speed: ${speed}Mb/s`)
      const [theirs = {}] = json('ethtool', '--json', '-k', dev as string)
      for (const name of features as unknown as string[]) {
        const theirs_ = theirs[name] as Json | undefined
        if (typeof theirs_?.active === 'boolean') assert.is(theirs_.active, true, name)
      }
    }
  })
}

if (has('nft', '--version')) {
  live('the ruleset is that of nft', async () => {
    run(
      'nft',
      'add table inet t; add chain inet t c; add rule inet t c tcp dport 22 counter accept',
    )
    afterwards(() => run('nft', 'flush', 'ruleset'))
    const { nftables } = JSON.parse(run('nft', '-j', 'list', 'ruleset')) as { nftables: Json[] }
    const theirs = nftables.flatMap(({ table, chain, rule }) => {
      const one = (rule ?? chain ?? table) as Json | undefined
      if (!one) return []
      if (rule) return [`rule ${one.table} ${one.chain} ${one.handle}`]
      return [
        chain ? `chain ${one.table} ${one.name} ${one.handle}` : `table ${one.name} ${one.handle}`,
      ]
    })
    const ours = await printed("openNetlink('nftables')")
    assert.equal(
      ours.map((line) => line.replace(/^(rule \S+ \S+ \d+) .*/, '$1')),
      theirs,
    )
    assert.match(ours.join('\n'), /counter immediate$/)
  })
}

if (has('conntrack', '--version') && has('nft', '--version')) {
  live('connections are those of conntrack', async () => {
    ip('link set lo up')
    run(
      'nft',
      'add table inet t; add chain inet t c { type filter hook input priority 0; }; add rule inet t c ct state new accept',
    )
    afterwards(() => run('nft', 'flush', 'ruleset'))
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    afterwards(() => server.close())
    const { port } = server.address() as { port: number }
    run('bash', '-c', `exec 3<>/dev/tcp/127.0.0.1/${port}`)
    const theirs = [...run('conntrack', '-L').matchAll(/^(\w+) .*? sport=(\d+) dport=(\d+) src/gm)]
    const ours = await printed("openNetlink('conntrack')")
    assert.equal(
      ours.sort(),
      theirs.map(([, proto, from, to]) => `${proto} 127.0.0.1:${from} -> 127.0.0.1:${to}`).sort(),
    )
    assert.ok(ours.some((line) => line.endsWith(`:${port}`)))
  })
}

test.run()
