// Runs the tests on a machine that has more to do: `npm run test:busy` all of them, `npm run test:busy -- test:live` those
// of one script of package.json. What fails here, and passes alone, depends on time.

import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** More than a small machine has cores: every process of the tests has to wait for its turn. */
const LOOPS = 3

const [script = 'test'] = process.argv.slice(2)
const loops = Array.from({ length: LOOPS }, () =>
  spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
)
// On Ctrl-C too: what exits ends its loops.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
process.once('exit', () => {
  for (const loop of loops) loop.kill('SIGKILL')
})
const tests = spawn('npm', ['run', script], { stdio: 'inherit' })
const [code] = await once(tests, 'close')
process.exit(code ?? 1)
