// Soaks the monitor in a fresh network namespace: `tsx test/live/soak.ts [seconds] [receiveBufferBytes]`.
// Out: a Markdown table; exit code 1 when memory is not flat or links differ in the end.

import { spawnSync } from 'node:child_process'
import { readlinkSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const [seconds = '60', receiveBufferBytes] = process.argv.slice(2)

if (!(Number(seconds) > 0)) {
  console.error(`expected a number of seconds, got ${seconds}`)
  process.exitCode = 2
} else if (process.env.NETLINK_WASM_LIVE_OUTSIDE === undefined) {
  process.exitCode = inNamespace()
} else {
  const { soak, table } = await import('./soaking.ts')
  const { cleanUp } = await import('./harness.ts')
  try {
    const size = receiveBufferBytes === undefined ? undefined : Number(receiveBufferBytes)
    const { samples, faults } = await soak(Number(seconds), size)
    console.log(table(samples))
    console.log(`\n${faults.length === 0 ? 'Passed.' : `Failed:\n${faults.join('\n')}`}`)
    process.exitCode = faults.length === 0 ? 0 : 1
  } finally {
    await cleanUp()
  }
}

/** This very command again, where its links are nobody else's. */
function inNamespace(): number {
  const isRoot = process.getuid?.() === 0
  const prefix = isRoot ? ['--net'] : ['--user', '--map-root-user', '--net']
  const self = [process.execPath, ...process.execArgv, fileURLToPath(import.meta.url)]
  const env = { ...process.env, NETLINK_WASM_LIVE_OUTSIDE: readlinkSync('/proc/self/ns/net') }
  const { status, error } = spawnSync('unshare', [...prefix, ...self, ...process.argv.slice(2)], {
    env,
    stdio: 'inherit',
  })
  if (error) console.error(error.message)
  return status ?? 1
}
