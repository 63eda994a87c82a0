// Fuzzes every decoder of the package, on every processor: `npm run fuzz -- 100000000` runs that many cases. `--seed N`
// draws other damage, `--round N` repeats one round. Prints what was tried, and what was refused.

import { fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { fuzzRound } from './fuzz/fuzzer.ts'
import { add, newTally, sum, type Tally } from './fuzz/tally.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seed: { type: 'string' }, round: { type: 'string' } },
})
const wanted = Number(positionals[0] ?? 1_000_000)
const seed = Number(values.seed ?? 1)
/** Rounds that a worker runs before it reports. */
const ROUNDS = 20

/** In a worker process: runs the rounds that it is given and reports their tally. */
function serve(): void {
  // Errors are many, and capturing their stacks would take most of the time.
  Error.stackTraceLimit = 0
  process.on('message', async (first: number) => {
    const tally = newTally()
    try {
      for (let round = first; round < first + ROUNDS; round++) await fuzzRound(seed, round, tally)
      process.send?.({ tally })
    } catch (error) {
      process.send?.({ error: String((error as Error).message) })
    }
  })
}

async function lead(): Promise<void> {
  const started = performance.now()
  const tally = newTally()
  let next = 0
  const workers = Array.from({ length: availableParallelism() }, () =>
    fork(fileURLToPath(import.meta.url), process.argv.slice(2), {
      env: { ...process.env, FUZZ_WORKER: '1' },
    }),
  )
  let reported = 0
  const running = workers.map(
    (worker) =>
      new Promise<void>((resolve, reject) => {
        const give = () => {
          worker.send(next)
          next += ROUNDS
        }
        worker.on('message', (report: { tally?: Tally; error?: string }) => {
          if (!report.tally) return reject(new Error(report.error))
          add(tally, report.tally)
          const done = sum(tally.cases)
          if (done >= wanted) return resolve()
          if (Math.floor((done / wanted) * 20) > reported) {
            reported = Math.floor((done / wanted) * 20)
            console.error(`${reported * 5} %, ${seconds(started)} s`)
          }
          give()
        })
        worker.on('exit', (code) =>
          reject(new Error(`expected a worker to go on, it exited with ${code}`)),
        )
        give()
      }),
  )
  try {
    await Promise.all(running)
    print(tally, started, workers.length)
  } catch (error) {
    console.error(`fuzz: ${(error as Error).message}`)
    process.exitCode = 1
  }
  for (const worker of workers) worker.kill()
}

const seconds = (started: number): string => ((performance.now() - started) / 1000).toFixed(0)

function print(tally: Tally, started: number, processes: number): void {
  const table = (title: string, counts: Record<string, number>) => {
    console.log(`\n${title}`)
    for (const [name, times] of Object.entries(counts).sort(([, a], [, b]) => b - a)) {
      console.log(`${times.toLocaleString('en').padStart(13)}  ${name}`)
    }
  }
  const cases = sum(tally.cases).toLocaleString('en')
  console.log(
    `${cases} cases, none that failed, in ${seconds(started)} s by ${processes} processes`,
  )
  console.log(`again: npm run fuzz -- ${wanted} --seed ${seed}`)
  table('cases', tally.cases)
  table("up to the window's last bytes", tally.atWindowEnd)
  table('refusals', tally.refusals)
  table('nodes of every hundredth frame', tally.nodes)
}

if (process.env.FUZZ_WORKER) serve()
else if (values.round === undefined) await lead()
else {
  const tally = newTally()
  await fuzzRound(seed, Number(values.round), tally)
  print(tally, 0, 1)
}
