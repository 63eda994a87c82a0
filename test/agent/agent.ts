// The provisioning agent as a program: see provision.ts.
// In: the old NIC's MAC address, or its name if the new one has another, and seconds for all of it. Out: one JSON object a line
// and step, and an exit code: 0 done, 124 out of time, 130 or 143 told to stop, 1 anything else.
//
//   node agent.js OLD [SECONDS]

import { provision } from './provision.js'

const say = (step: string, facts: object = {}): void => {
  const time = performance.timeOrigin + performance.now()
  const at = Math.round(process.uptime() * 1000)
  process.stdout.write(`${JSON.stringify({ step, at, time, ...facts })}\n`)
}

/** Aborted by whoever ends the agent, with an exit code, so that its sockets are closed first. */
function stopSignal(): AbortSignal {
  const stop = new AbortController()
  for (const [signal, exit] of Object.entries({ SIGINT: 130, SIGTERM: 143 })) {
    process.once(signal, () => stop.abort(Object.assign(new Error(`got ${signal}`), { exit })))
  }
  return stop.signal
}

const [old = 'eth0', seconds = '300'] = process.argv.slice(2)
const { bun, deno, node } = process.versions as Record<string, string>
say('started', { runtime: bun ?? deno ?? node, arch: process.arch })
provision(old, Number(seconds) * 1000, stopSignal(), { say }).then(
  () => say('done'),
  (error) => {
    const { code, name, message, step: during } = error
    say('failed', { during, code, name, message })
    process.exitCode = error.exit ?? (name === 'TimeoutError' ? 124 : 1)
  },
)
