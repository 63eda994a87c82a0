// What every command has in common: statistics on SIGUSR1, JSON with times, and words that were mistyped or refused.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CLI, cli, cliEnv, type Running, start } from './cli.ts'
import { ip, live, until } from './harness.ts'
import { newFile, recording } from './recording.ts'

const WHAT: Record<string, () => Promise<Running>> = {
  watch: () => waiting('watch'),
  wait: () => waiting('wait', 'detach', 'ifb7'),
  record: () => recording(newFile()),
  async subscribe() {
    const running = cli('subscribe', 'rt-link')
    await until('a notification', () => {
      ip('link add ifb6 type ifb', 'link del ifb6')
      return running.stdout !== ''
    })
    return running
  },
}

async function waiting(...args: string[]): Promise<Running> {
  const running = cli(...args)
  await running.waiting()
  return running
}

for (const [command, begin] of Object.entries(WHAT)) {
  live(`SIGUSR1 prints what ${command} has counted, and it runs on`, async () => {
    ip('link add ifb7 type ifb')
    const running = await begin()
    await until('statistics', () => {
      ip('link set ifb7 mtu 1400', 'link set ifb7 mtu 1500')
      running.child.kill('SIGUSR1')
      return /^netlink-wasm: .*[1-9]/m.test(running.stderr)
    })
    assert.not.ok(running.isEnded)
    running.child.kill('SIGTERM')
    await running.ended
    assert.not.match(running.stderr, 'Debugger')
  })
}

live('wait --json prints the link; watch --json tells the time', async () => {
  ip('link add ifb7 type ifb')
  const wait = await cli('wait', 'operstate', 'ifb7', 'DOWN', '--json').ended
  assert.is(JSON.parse(wait.stdout).ifname, 'ifb7')
  const watch = await cli('watch', '--json', '--timeout', '1').ended
  for (const line of watch.stdout.trimEnd().split('\n')) {
    const { time } = JSON.parse(line)
    assert.is(new Date(time).toISOString(), time)
  }
})

live('wait detach says that there is no such link', async () => {
  const { code, stdout, stderr } = await cli('wait', 'detach', 'TYPO').ended
  assert.equal([code, stdout], [0, 'TYPO\n'])
  assert.match(stderr, /^netlink-wasm: there is no link TYPO /)
})

live('--ignore does not take an option for a link', async () => {
  const { code, stderr } = await cli('wait', 'attach', '--ignore', '--timeout', '1').ended
  assert.is(code, 2)
  assert.match(stderr, /got the option --timeout/)
})

live('a refused group is named, with the privilege that it takes', async () => {
  const powerless = ['--bounding-set', '-all', process.execPath, CLI]
  const groups = ['--groups', 'nftables/nftables,link']
  const run = start('setpriv', [...powerless, 'record', newFile(), ...groups], cliEnv())
  const { code, stderr } = await run.ended
  assert.is(code, 1)
  assert.match(
    stderr,
    /^netlink-wasm: EPERM: .*: joining nftables\/nftables takes CAP_NET_ADMIN\n$/,
  )
})

test.run()
