// Runs the tests on a machine that has more to do: `npm run test:busy` all of them, `npm run test:busy -- test:live links`
// those of one script of package.json, with its arguments. What fails here, and passes alone, depends on time.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'

/** One more than the machine has cores: every process of the tests has to wait for its turn. */
const LOOPS = Math.max(3, availableParallelism() + 1)
/** Ends by itself when this process is gone, however that ended. */
const LOOP = `while (process.ppid === ${process.pid});`

const [script = 'test', ...rest] = process.argv.slice(2)
const loops = Array.from({ length: LOOPS }, () =>
  spawn(process.execPath, ['-e', LOOP], { stdio: 'ignore' }),
)
const tests = spawn('npm', ['run', script, '--', ...rest], { stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    tests.kill(signal)
    process.exit(1)
  })
}
process.once('exit', () => {
  for (const loop of loops) loop.kill('SIGKILL')
})
const [code] = await once(tests, 'close')
process.exit(code ?? 1)
