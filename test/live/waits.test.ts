// The CLI's waits: what must not end them, what ends them at once, and what does in the end.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cli, cliResult, type Running } from './cli.ts'
import { ip, ipLinks, live, operstate } from './harness.ts'

/** Fails unless the wait ends well, and prints `name` only now. */
async function meets(wait: Running, name: string): Promise<void> {
  assert.equal(await wait.ended, { code: 0, signal: null, stdout: `${name}\n`, stderr: '' })
}

async function started(...args: string[]): Promise<Running> {
  const wait = cli('wait', ...args, '--timeout', '15')
  await wait.waiting()
  return wait
}

function ifindexOf(name: string): unknown {
  return ipLinks().find(({ ifname }) => ifname === name)?.ifindex
}

async function vethUp(a: string, b: string): Promise<void> {
  ip(`link add ${a} type veth peer name ${b}`, `link set ${a} up`, `link set ${b} up`)
  await operstate(a, 'UP')
}

live('attach: a port that joins or leaves a bridge is no attach', async () => {
  ip('link add br0 type bridge', 'link add ifb7 type ifb')
  const wait = await started('attach')
  ip('link set ifb7 master br0', 'link set ifb7 up', 'link set ifb7 nomaster', 'link set br0 up')
  await wait.goesOn()
  ip('link add ifb8 type ifb')
  await meets(wait, 'ifb8')
})

live('attach: nor are changes and removals of links that are there', async () => {
  await vethUp('veth0', 'veth1')
  ip('link add ifb7 type ifb')
  const wait = await started('attach')
  ip('link set lo up', 'link set veth0 down', 'link set veth0 up', 'link set veth1 mtu 1400')
  ip('link set ifb7 up', 'link property add dev ifb7 altname other', 'link del ifb7')
  await wait.goesOn()
  ip('link add ifb8 type ifb')
  await meets(wait, 'ifb8')
})

live('attach: a rename is no attach, whatever the name', async () => {
  ip('link add ifb7 type ifb')
  const wait = await started('attach')
  ip('link set ifb7 name nic0')
  await wait.goesOn()
  ip('link add ifb8 type ifb')
  await meets(wait, 'ifb8')
})

live('attach --settle: the name after udev has been at it', async () => {
  const wait = await started('attach', '--settle', '0.4')
  ip('link add ifb7 type ifb')
  await wait.goesOn(50)
  ip('link set ifb7 name nic0')
  await meets(wait, 'nic0')
})

live('detach: by altname, by ifindex, and a name of digits comes first', async () => {
  ip('link add name 123 type ifb', 'link add ifb7 type ifb')
  ip('link property add dev ifb7 altname other')
  const byAltname = await started('detach', 'other')
  const byName = await started('detach', '123')
  const byIfindex = await started('detach', `${ifindexOf('ifb7')}`)
  await byName.goesOn()
  ip('link del ifb7')
  await meets(byAltname, 'ifb7')
  await meets(byIfindex, 'ifb7')
  ip('link del 123')
  await meets(byName, '123')
})

live('operstate: of a link that is not there yet, and of one renamed meanwhile', async () => {
  const wait = await started('operstate', 'veth0', 'UP')
  ip('link add veth0 type veth peer name veth1')
  await wait.goesOn()
  ip('link set veth0 name nic0', 'link set nic0 up', 'link set veth1 up')
  await meets(wait, 'nic0')
})

live('attach: a link that comes in operstate UNKNOWN or LOWERLAYERDOWN counts', async () => {
  const wait = await started('attach', '--ignore', 'lo', 'ifb7')
  ip('link add ifb7 type ifb', 'link set ifb7 up')
  await wait.goesOn()
  ip('link add ifb8 up type ifb')
  await meets(wait, 'ifb8')
})

live('attach --ignore: answers at once for another link that is there', async () => {
  ip('link add ifb7 type ifb')
  const args = ['wait', 'attach', '--timeout', '5', '--ignore', 'lo']
  assert.equal(await cliResult(...args), { code: 0, signal: null, stdout: 'ifb7\n', stderr: '' })
  const wait = await started('attach', '--ignore', 'lo', 'ifb7')
  ip('link set ifb7 up')
  await wait.goesOn()
  ip('link add ifb8 type ifb')
  await meets(wait, 'ifb8')
})

live(
  'attach: names of 15 bytes, of UTF-8, of control characters are printed as they are',
  async () => {
    for (const name of ['fifteen-bytes-0', 'größe✓', 'a\x1b[31mb\x07']) {
      const wait = await started('attach')
      ip(`link add name ${name} type ifb`)
      await meets(wait, name)
    }
  },
)

live('detach: a name that is unknown has gone already', async () => {
  const { code, stdout, stderr } = await cliResult('wait', 'detach', 'nosuch0', '--timeout', '5')
  assert.equal({ code, stdout }, { code: 0, stdout: 'nosuch0\n' })
  assert.is(stderr, 'netlink-wasm: there is no link nosuch0 that could be removed\n')
})

live('detach: a port that leaves its bridge is no detach, down or up', async () => {
  ip(
    'link add br0 type bridge',
    'link set br0 up',
    'link add ifb7 type ifb',
    'link add ifb8 type ifb',
  )
  ip('link set ifb7 master br0', 'link set ifb8 master br0', 'link set ifb8 up')
  const any = await started('detach')
  const one = await started('detach', 'ifb7')
  ip('link set ifb7 nomaster', 'link set ifb8 nomaster')
  await Promise.all([any.goesOn(), one.goesOn()])
  ip('link del ifb8')
  await meets(any, 'ifb8')
  await one.goesOn()
  ip('link del ifb7')
  await meets(one, 'ifb7')
})

live('detach: a link that is UP, and one whose peer is deleted', async () => {
  await vethUp('veth0', 'veth1')
  ip('link add ifb7 type ifb', 'link set ifb7 up')
  const one = await started('detach', 'veth0')
  const other = await started('detach', 'ifb7')
  ip('link del veth1')
  await meets(one, 'veth0')
  ip('link del ifb7')
  await meets(other, 'ifb7')
})

live('media: only of its own link', async () => {
  await vethUp('veth0', 'veth1')
  await vethUp('veth2', 'veth3')
  const wait = await started('media', 'veth0')
  ip('link set veth2 down', 'link set veth2 up')
  await operstate('veth2', 'UP')
  await wait.goesOn()
  ip('link set veth0 down')
  await wait.goesOn()
  ip('link set veth0 up')
  await meets(wait, 'veth0')
})

live('media: carrier lost at the peer and back', async () => {
  await vethUp('veth0', 'veth1')
  const wait = await started('media', 'veth0')
  ip('link set veth1 down')
  await operstate('veth0', 'LOWERLAYERDOWN')
  await wait.goesOn()
  ip('link set veth1 up')
  await meets(wait, 'veth0')
})

live('media: a link that is not there yet', async () => {
  const wait = await started('media', 'veth0')
  await vethUp('veth0', 'veth1')
  // It came DOWN and went UP: one that is down has lost its media already.
  await meets(wait, 'veth0')
})

live('two waits and a watch at a time', async () => {
  ip('link add ifb7 type ifb')
  const waits = await Promise.all([started('attach'), started('detach', 'ifb7'), started('attach')])
  ip('link add ifb8 type ifb', 'link del ifb7')
  const [attach, detach, again] = waits as [Running, Running, Running]
  await meets(attach, 'ifb8')
  await meets(detach, 'ifb7')
  await meets(again, 'ifb8')
})

test.run()
