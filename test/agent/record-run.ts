// Records a real run of the agent, with a real DHCP server: what test/captures/agent.pcapng was made by.
// In: a file. Out: the capture in it, and the steps.
//
//   unshare --net npx tsx test/agent/record-run.ts FILE

import { createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { recordNetlink, recordSources } from 'netlink-wasm'
import { Machine } from './machine.ts'
import { provision } from './provision.ts'

const [file] = process.argv.slice(2)
if (file === undefined) throw new Error('expected a file to write')
const folder = mkdtempSync(join(tmpdir(), 'netlink-agent-'))
const machine = await Machine.start({ leases: join(folder, 'leases'), isHere: true })
try {
  machine.plug(machine.attach('eth0', { address: '02:00:00:00:00:01' }))
  await machine.addressOf('eth0')
  machine.ip('link set lo up', 'link set eth0 up')
  await machine.lease('eth0')

  const stop = new AbortController()
  let begin = () => {}
  const started = new Promise<void>((resolve) => {
    begin = resolve
  })
  const groups = ['link', 'ipv4-ifaddr', 'ipv6-ifaddr', 'ipv4-route', 'ipv6-route']
  const sources = await recordSources({ groups, dump: true })
  const recording = recordNetlink({
    sources,
    sink: createWriteStream(file),
    signal: stop.signal,
    onProgress: () => begin(),
  })
  await started

  const say = (step: string, facts: object) => {
    console.log(step, JSON.stringify(facts))
    if (step === 'ready') {
      machine.ip('link del eth0')
      machine.plug(machine.attach('eth1', { address: '02:00:00:00:00:02' }))
    }
    if (step === 'carrier') void machine.lease('eth1')
  }
  await provision('02:00:00:00:00:01', 30_000, new AbortController().signal, { say })
  stop.abort()
  await recording.catch(() => {})
} finally {
  machine.close()
  rmSync(folder, { recursive: true })
}
