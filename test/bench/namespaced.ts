// Runs a bench in a network namespace of its own, so that no link and no route of this machine is touched.
// In: the bench's script, and what it does once there. Out: one line where there is no namespace to be had.

import { spawnSync } from 'node:child_process'
import { readlinkSync } from 'node:fs'
import { report } from './support.ts'

const OUTSIDE = 'NETLINK_WASM_BENCH_OUTSIDE'

export async function namespaced(
  name: string,
  script: string,
  run: () => Promise<void>,
): Promise<void> {
  const namespace = readlinkSync('/proc/self/ns/net')
  const outside = process.env[OUTSIDE]
  if (outside === namespace) report({ skipped: name, why: 'no namespace' })
  else if (outside !== undefined) await run()
  else {
    const flag = process.getuid?.() === 0 ? '-n' : '-rn'
    const { status, error } = spawnSync(
      'unshare',
      [flag, process.execPath, '--expose-gc', '--import', 'tsx', script],
      { stdio: 'inherit', env: { ...process.env, [OUTSIDE]: namespace } },
    )
    if (status !== 0) report({ skipped: name, why: error?.message ?? `unshare: ${status}` })
  }
}
