// request, subscribe, families and operations on the real kernel: what they print, where they point, how they exit.

import { spawnSync } from 'node:child_process'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CLI, cli, cliEnv, cliResult } from './cli.ts'
import { ip, ipLinks, live, until } from './harness.ts'

const lines = (text: string): Record<string, unknown>[] =>
  text
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))

/** With `input` on a pipe of a shell's. */
function piped(
  input: string,
  ...args: string[]
): { code: number | null; stdout: string; stderr: string } {
  const words = [process.execPath, CLI, ...args].map((word) => `'${word}'`).join(' ')
  const command = `printf %s '${input}' | ${words}`
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command], {
    env: cliEnv(),
    encoding: 'utf8',
    timeout: 20_000,
  })
  return { code: status, stdout, stderr }
}

live(
  'request prints answers as JSON lines, attributes come from the argument or a pipe',
  async () => {
    ip('link add va type veth peer name vb')
    const all = await cliResult('request', 'rt-link', 'getlink', '--dump', '--json')
    assert.equal([all.code, all.stderr], [0, ''])
    assert.equal(
      lines(all.stdout).map(({ ifname }) => ifname),
      ipLinks().map(({ ifname }) => ifname),
    )
    const one = await cliResult('request', 'rt-link', 'getlink', '{"ifname":"va"}')
    assert.equal(
      lines(one.stdout).map(({ ifname }) => ifname),
      ['va'],
    )
    const fromPipe = piped('{"ifname":"vb"}', 'request', 'rt-link', 'getlink')
    assert.equal(fromPipe.stderr, '')
    assert.equal(
      lines(fromPipe.stdout).map(({ ifname }) => ifname),
      ['vb'],
    )
    // Node.js gives its children a socket, which may bring something or not.
    const args = [CLI, 'request', 'rt-link', 'getlink']
    const options = { env: cliEnv(), encoding: 'utf8', timeout: 20_000 } as const
    const fromSocket = spawnSync(process.execPath, args, { ...options, input: '{"ifname":"vb"}' })
    assert.equal(
      lines(fromSocket.stdout).map(({ ifname }) => ifname),
      ['vb'],
    )
  },
)

live(
  'request makes and changes; flags are options; an acknowledgement prints nothing',
  async () => {
    const bridge = '{"ifname":"br7","linkinfo":{"kind":"bridge","data":{"ageing-time":12000}}}'
    const args = ['request', 'rt-link', 'newlink', bridge, '--create', '--excl']
    assert.equal(await cliResult(...args), { code: 0, signal: null, stdout: '', stderr: '' })
    const [made = {}] = ipLinks().filter(({ ifname }) => ifname === 'br7')
    assert.is(
      (made.linkinfo as { info_data: { ageing_time: number } }).info_data.ageing_time,
      12000,
    )
    const again = await cliResult(...args)
    assert.is(again.code, 1)
    assert.match(again.stderr, 'EEXIST')
  },
)

live(
  'errors underline the place in the JSON: 2 for what cannot be sent, 1 for what is refused',
  async () => {
    const cases: [json: string, code: number, says: string, underlined: string][] = [
      ['{"ifname":"x","mtuu":1}', 2, 'did you mean "mtu"', '"mtuu":1'],
      ['{"ifname":"x","mtu":"big"}', 2, 'expected mtu to be an integer', '"mtu":"big"'],
      ['{"ifname":"x","mtu":-1}', 2, 'expected mtu', '"mtu":-1'],
      ['{"linkinfo":{"kind":"vxlan","data":{"idd":1}}}', 2, 'linkinfo.data.id', '"idd":1'],
      [
        '{"ifname":"x","linkinfo":{"kind":"vxlan","data":{"id":16777216}}}',
        1,
        'VXLAN ID must be lower than 16777216',
        '"id":16777216',
      ],
      ['{"ifname":"x",}', 2, 'expected attributes as JSON', '}'],
    ]
    for (const [json, code, says, underlined] of cases) {
      const {
        code: exit,
        stdout,
        stderr,
      } = await cliResult('request', 'rt-link', 'newlink', json, '--create')
      assert.equal([exit, stdout], [code, ''], json)
      assert.match(stderr, says)
      const [line = '', carets = ''] = stderr
        .replace('\n(see netlink-wasm --help)', '')
        .trimEnd()
        .split('\n')
        .slice(-2)
      assert.is(line.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1), underlined, stderr)
    }
    for (const args of [
      ['request', 'rt-lnk', 'getlink'],
      ['request', 'rt-link', 'getlnk'],
      ['subscribe', 'rt-lnk'],
      ['subscribe', 'rt-link', 'rtnlgrp-lnk'],
      ['operations', 'rt-lnk'],
    ]) {
      const { code, stderr } = await cliResult(...args)
      assert.equal([args, code], [args, 2])
      assert.match(stderr, 'did you mean')
    }
    const none = await cliResult('request', 'wireguard', 'get-device', '--dump')
    assert.is(none.code, 1)
  },
)

live('a tree names every node of an answer', async () => {
  const { code, stdout } = await cliResult(
    'request',
    'rt-link',
    'getlink',
    '{"ifname":"lo"}',
    '--tree',
  )
  assert.is(code, 0)
  assert.match(stdout, /^rt-link newlink\n {2}nlmsghdr\n/)
  assert.match(stdout, /\n {2}ifname lo\n/)
})

live('subscribe prints what happens, and exits with 124 when its time is up', async () => {
  const running = cli('subscribe', 'rt-link', 'rtnlgrp-link', '--timeout', '8')
  let mtu = 2000
  await until('a notification', () => {
    // It may not have joined yet.
    ip(`link set lo mtu ${++mtu}`)
    return running.stdout.includes('\n')
  })
  const [event = {}] = lines(running.stdout.slice(0, running.stdout.lastIndexOf('\n')))
  assert.equal([event.type, event.operation], ['message', 'newlink'])
  assert.is((event.body as { ifname: string }).ifname, 'lo')
  assert.is((await running.ended).code, 124)
})

live('families and operations list what can be asked', async () => {
  const listed = await cliResult('families')
  assert.equal([listed.code, listed.stderr], [0, ''])
  assert.match(listed.stdout, /^rt-link +route +rtnlgrp-link /m)
  assert.match(listed.stdout, /^nlctrl +generic +notify$/m)
  const json = lines((await cliResult('families', '--json')).stdout)
  assert.is(json.length, listed.stdout.trim().split('\n').length)
  const { code, stdout } = await cliResult('operations', 'rt-link')
  assert.is(code, 0)
  assert.match(stdout, /^newlink +do +takes ifinfomsg, link-attrs$/m)
  assert.match(stdout, /\nlinkinfo-vxlan-attrs\n {2}id +u32\n/)
  const tables = lines((await cliResult('operations', 'ethtool', '--json')).stdout)
  assert.ok(tables.some(({ operation }) => operation === 'linkmodes-get'))
  assert.ok(tables.some(({ table }) => table === 'bitset'))
})

test.run()
