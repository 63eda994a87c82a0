// What was tried against the native shim and its loader.

import assert from 'node:assert'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fixture, run, rxWindow, shim } from '../native/harness.ts'
import { scriptedShim, wakeUps } from '../native/scripted.ts'
import { nodeVersions } from '../support/nodes.ts'
import { CAUGHT, raceForShim } from '../support/planted.ts'
import type { Attack } from './attack.ts'

const WORKERS = 500
const TRIES = 2000
const built = fileURLToPath(new URL('../../build/index.js', import.meta.url))

async function terminateWorkers(): Promise<string> {
  const versions = nodeVersions()
  let steps = 0
  for (const [version, node] of versions) {
    for (const onThread of ['0', '1']) {
      const command = [`NETLINK_WASM_TEST_THREAD=${onThread}`, node, fixture('terminate.mjs')]
      const ended = await run('env', [...command, String(WORKERS), built], 3_600_000)
      assert.strictEqual(ended.code, 0, `Node ${version}: ${ended.signal} ${ended.stderr}`)
      const { steps: done, ...report } = JSON.parse(ended.stdout)
      assert.deepStrictEqual(report, { terminated: WORKERS, errors: [], left: 0 })
      steps += done
    }
  }
  const names = [...versions.keys()].join(', ')
  return `${WORKERS} workers on each of ${names}, waiting on the loop and as many waiting on a thread, ${steps} steps in all: every process goes on, no socket is left open`
}

async function swapLinks(): Promise<string> {
  const { code, stdout, stderr, swaps } = await raceForShim(TRIES)
  assert.notStrictEqual(code, CAUGHT, 'the library of another user was loaded')
  assert.strictEqual(stdout, `${TRIES}\n`, stderr)
  return `${TRIES} loads during ${swaps} swaps: each got a shim of the package's own, none the other user's`
}

async function failTwice(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'netlink-attack-'))
  try {
    const seen = await wakeUps(await scriptedShim(folder), [105, 22, 0])
    const errnos = seen.map(({ errno }) => errno)
    assert.deepStrictEqual(errnos, [-105, -22, 0])
    return `reports ${errnos.join(', then ')}`
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function receiveTwice(): Promise<string> {
  const fd = shim.socket(0)
  const stop = shim.recv(fd, rxWindow(), () => {})
  const again = () => shim.recv(fd, rxWindow(), () => {})
  const isBusy = { errno: -16, syscall: 'recv' }
  stop.pause()
  assert.throws(again, isBusy)
  stop()
  assert.throws(again, isBusy)
  return 'EBUSY, until the fd is closed'
}

async function sanitize(): Promise<string> {
  const script = fileURLToPath(new URL('../native/sanitize.ts', import.meta.url))
  const args = ['--import', 'tsx', script, 'terminated']
  const { code, stdout } = await run(process.execPath, args, 3_600_000)
  assert.strictEqual(code, 0, stdout)
  const clean = stdout.match(/^clean: /gm)
  assert.ok(clean, stdout)
  return `${clean.length} cases, nothing reported`
}

export const attacks: Attack[] = [
  {
    name: 'worker.terminate() at any moment',
    provoked: `${WORKERS} workers open, close and receive, by the shim and by monitors, and are terminated at random moments`,
    before: 'the whole process aborts (SIGABRT), within 11 terminations; sockets stay open',
    run: terminateWorkers,
  },
  {
    name: 'worker.terminate() under AddressSanitizer',
    provoked: 'the same, on a build of the shim with its checks',
    before: 'not tried, as the process aborts',
    run: sanitize,
  },
  {
    name: 'a link swapped between check and load',
    provoked: `beside a bundle in a sticky folder another user swaps links and files under the shim's name while root loads it, ${TRIES} times`,
    before: "the other user's code runs as root, at the eighth try",
    run: swapLinks,
  },
  {
    name: 'two errnos in one wake-up',
    provoked: 'recvmsg says ENOBUFS (105), then EINVAL (22)',
    before: 'reports -22: the overrun is forgotten',
    run: failTwice,
  },
  {
    name: 'an fd received from twice',
    provoked: 'recv is called with the fd of a receiver that is paused, and of one that is stopped',
    before: 'both receive, and both close the fd',
    run: receiveTwice,
  },
]
