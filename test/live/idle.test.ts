// An idle wait costs nothing: no CPU time, no wake-ups, in none of its threads.

import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cli } from './cli.ts'
import { ip, live } from './harness.ts'

/** Clock ticks (10 ms each on Linux) in user and system mode, and voluntary context switches. */
function usage(pid: number): { ticks: number; switches: number } {
  // proc_pid_stat(5): fields 14 and 15, counted behind the name, which may hold anything.
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = Number(fields[11]) + Number(fields[12])
  let switches = 0
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const status = readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8')
    switches += Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(status)?.[1])
  }
  return { ticks, switches }
}

live('wait media, watch and wait attach: nothing runs while nothing happens', async () => {
  ip('link add veth0 type veth peer name veth1', 'link set veth0 up', 'link set veth1 up')
  const commands = [['wait', 'media', 'veth0'], ['wait', 'attach'], ['watch']]
  const idle = commands.map((command) => cli(...command))
  for (const command of idle) await command.waiting()
  // Operstates settle up to 2 s after a change, and on a busy machine a start takes longer: the first seconds may not be
  // idle, but some must be.
  let busy = ['']
  for (let tries = 0; tries < 20 && busy.length > 0; tries++) {
    const before = idle.map(({ pid }) => usage(pid))
    await sleep(2000)
    busy = idle.flatMap(({ pid, isEnded }, i) => {
      assert.not.ok(isEnded, `${commands[i]?.join(' ')} ended`)
      const after = usage(pid)
      const ticks = after.ticks - (before[i]?.ticks ?? 0)
      const switches = after.switches - (before[i]?.switches ?? 0)
      if (ticks <= 3 && switches <= 20) return []
      return [`${commands[i]?.join(' ')}: ${ticks} ticks, ${switches} switches in 2 s`]
    })
  }
  assert.equal(busy, [])
  ip('link set veth0 down', 'link set veth0 up')
  assert.is((await idle[0]?.ended)?.code, 0)
})

test.run()
