// A provisioning agent, as the ones that cloud-init's helper comes from: it waits for the old NIC to be taken
// away, for the new one to be put in, and for its media to be switched.
// In: the name of the old NIC. Out: one JSON object a line and step, and an exit code: 0 all seen, 124 out of
// time, 130 or 143 told to stop, 1 anything else. Never configures anything.
//
//   node agent.js OLD [SECONDS]

import { openLinkMonitor } from 'netlink-wasm'

const say = (step: string, facts: object = {}): void => {
  const at = Math.round(process.uptime() * 1000)
  process.stdout.write(`${JSON.stringify({ step, at, ...facts })}\n`)
}

const runtime = (): string => {
  const { bun, deno, node } = process.versions as Record<string, string>
  return bun ?? deno ?? node ?? ''
}

async function provision(old: string, signal: AbortSignal): Promise<void> {
  const monitor = await openLinkMonitor({ signal })
  try {
    const names = [...monitor.links.values()].map(({ ifname }) => ifname)
    say('watching', { links: names.length, runtime: runtime(), arch: process.arch })
    const gone = await monitor.waitForDetach(old, { signal })
    say('detached', { ifname: gone?.ifname ?? old })
    const nic = await monitor.waitForAttach({ signal, settle: 100 })
    say('attached', { ifname: nic.ifname, ifindex: nic.ifindex, address: nic.address })
    const switched = await monitor.waitForMediaSwitch(nic.ifindex, { signal })
    say('switched', { ifname: switched.ifname, operstate: switched.operstate })
  } finally {
    monitor.close()
  }
}

/** Aborted at the deadline, and by whoever ends the agent: with an exit code, so that the socket is closed first. */
function limits(seconds: number): AbortSignal {
  const stop = new AbortController()
  const late = AbortSignal.timeout(seconds * 1000)
  late.addEventListener('abort', () => stop.abort(late.reason))
  for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143 })) {
    process.once(signal, () =>
      stop.abort(Object.assign(new Error(`got ${signal}`), { exit: code })),
    )
  }
  return stop.signal
}

const [old = 'eth0', seconds = '60'] = process.argv.slice(2)
provision(old, limits(Number(seconds))).then(
  () => say('done'),
  (error) => {
    say('failed', { code: error.code, name: error.name, message: error.message })
    process.exitCode = error.exit ?? (error.name === 'TimeoutError' ? 124 : 1)
  },
)
