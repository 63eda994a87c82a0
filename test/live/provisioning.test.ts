// What agents that replace a NIC do: wait until the old one has gone, then for the new one, then for its carrier. The new one
// comes 0 to 5 ms later, in half of the runs with the ifindex of the old one. `NETLINK_WASM_RUNS=500` makes it longer.

import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Link,
  type LinkMonitor,
  type NetworkMonitor,
  openLinkMonitor,
  openNetworkMonitor,
} from 'netlink-wasm'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cli } from './cli.ts'
import { afterwards, ip, live, operstate, until, WAIT_MS } from './harness.ts'

const RUNS = Number(process.env.NETLINK_WASM_RUNS ?? 48)
const timeout = WAIT_MS

/** One `ip` for all runs, so that a command takes effect as soon as it is written. */
function ipBatch(): (...commands: string[]) => void {
  const batch = spawn('ip', ['-batch', '-'], { stdio: ['pipe', 'ignore', 'inherit'] })
  afterwards(() => batch.kill('SIGKILL'))
  return (...commands) => batch.stdin.write(commands.map((one) => `${one}\n`).join(''))
}

interface Run {
  /** Milliseconds from the end of the old NIC to the new one. */
  delay: number
  hasOldIndex: boolean
  hasOldName: boolean
  /** The agent does something else after the first wait, until the new NIC is there. */
  isBusy: boolean
}

/** All combinations, one after the other. */
function runOf(n: number): Run {
  return {
    delay: Math.floor(n / 8) % 6,
    hasOldIndex: (n & 1) !== 0,
    hasOldName: (n & 2) !== 0,
    isBusy: (n & 4) !== 0,
  }
}

/** The agent: the new NIC, and whether it was there before anybody waited for it. */
async function provision(
  monitor: LinkMonitor | NetworkMonitor,
  old: Link,
  { isBusy }: Run,
  isThere: () => boolean,
): Promise<{ nic: Link; cameBetween: boolean }> {
  const since = monitor.mark()
  const gone = await monitor.waitForDetach(old.ifindex, { since, timeout })
  assert.is(gone?.ifname, old.ifname)
  if (isBusy) await until('the new NIC', isThere)
  const cameBetween = isThere()
  const nic = await monitor.waitForAttach({ since, timeout })
  await monitor.waitForCarrier(nic.ifindex, { timeout })
  return { nic, cameBetween }
}

async function replaceNics(open: typeof openLinkMonitor | typeof openNetworkMonitor) {
  const write = ipBatch()
  ip('link add nic0 type ifb')
  const monitor = await open({ timeout })
  afterwards(() => monitor.close())
  let found = 0
  let between = 0
  let sameIndex = 0
  for (let n = 0; n < RUNS; n++) {
    const run = runOf(n)
    const { delay, hasOldIndex, hasOldName } = run
    const [old] = [...monitor.links.values()].filter(({ ifname }) => ifname.startsWith('nic'))
    if (!old) throw new Error('expected the NIC of the run before')
    const name = hasOldName ? old.ifname : `nic${n + 1}`
    const index = hasOldIndex ? ` index ${old.ifindex}` : ''
    const removal = `link del ${old.ifname}`
    const creation = [`link add name ${name}${index} type ifb`, `link set ${name} up`]
    const isThere = () => monitor.links.find(name)?.flags.includes('UP') ?? false
    const provisioned = provision(monitor, old, run, isThere)
    if (delay === 0) {
      write(removal, ...creation)
    } else {
      write(removal)
      await sleep(delay)
      write(...creation)
    }
    const { nic, cameBetween } = await provisioned
    if (nic.ifname === name && (nic.ifindex === old.ifindex) === hasOldIndex) found++
    if (cameBetween) between++
    if (nic.ifindex === old.ifindex) sameIndex++
  }
  console.log(
    `\n${found} of ${RUNS} found, ${sameIndex} with the ifindex of the old one, ${between} between the two waits`,
  )
  assert.is(found, RUNS)
  assert.ok(sameIndex >= Math.floor(RUNS / 2))
  assert.ok(between >= Math.floor(RUNS / 8), 'without a mark, these would be lost')
}

live(`a link monitor finds a NIC that replaces another in ${RUNS} of ${RUNS} runs`, () =>
  replaceNics(openLinkMonitor),
)
live(`a network monitor finds a NIC that replaces another in ${RUNS} of ${RUNS} runs`, () =>
  replaceNics(openNetworkMonitor),
)

live('wait detach --then attach: the new NIC, whatever its ifindex', async () => {
  for (const index of ['', ' index 77']) {
    ip(`link add name nic0${index} type ifb`)
    const args = ['wait', 'detach', 'nic0', '--then', 'attach', '--timeout', '60']
    const waits = [cli(...args), cli(...args, '--json')]
    for (const wait of waits) await wait.waiting()
    ip('link del nic0', `link add name new0${index} type ifb`)
    const [plain, json] = await Promise.all(waits.map(({ ended }) => ended))
    assert.equal(plain, { code: 0, signal: null, stdout: 'new0\n', stderr: '' })
    assert.is(JSON.parse(json?.stdout ?? '').ifname, 'new0')
    ip('link del new0')
  }
})

live('wait carrier, wait media --from up, --gone: what scripts wait for', async () => {
  ip('link add nic0 type ifb', 'link add va type veth peer name vb', 'link set vb up')
  const carrier = cli('wait', 'carrier', 'nic0', '--timeout', '60')
  const media = cli('wait', 'media', 'va', '--from', 'up', '--timeout', '60')
  const gone = cli('wait', 'operstate', 'nic0', 'UP', '--gone', 'reject', '--timeout', '60')
  for (const wait of [carrier, media, gone]) await wait.waiting()
  ip('link set nic0 up', 'link set va up')
  assert.is((await carrier.ended).stdout, 'nic0\n')
  await operstate('va', 'UP')
  await media.goesOn()
  ip('link set vb down')
  await operstate('va', 'LOWERLAYERDOWN')
  ip('link set vb up')
  assert.is((await media.ended).stdout, 'va\n')
  ip('link del nic0')
  const { code, stdout, stderr } = await gone.ended
  assert.equal([code, stdout], [1, ''])
  assert.match(
    stderr,
    /^netlink-wasm: expected the link nic0 to stay, got nic0 \(ifindex \d+\) was/,
  )
})

test.run()
