// The same agent by cloud-init's functions, which ask the kernel for nothing: what is left on Deno.
// In: the name of the old NIC, which must be among those there. Out: as agent.ts.
//
//   node seed.js OLD [SECONDS]

import {
  createBoundNetlinkSocket,
  waitForMediaDisconnectConnect,
  waitForNicAttachEvent,
  waitForNicDetachEvent,
} from 'netlink-wasm'

const say = (step: string, facts: object = {}): void => {
  const at = Math.round(process.uptime() * 1000)
  process.stdout.write(`${JSON.stringify({ step, at, ...facts })}\n`)
}

async function provision(old: string, signal: AbortSignal): Promise<void> {
  const socket = createBoundNetlinkSocket()
  try {
    say('watching')
    say('detached', { ifname: await waitForNicDetachEvent(socket, { signal }) })
    const ifname = await waitForNicAttachEvent(socket, [old], { signal })
    say('attached', { ifname })
    await waitForMediaDisconnectConnect(socket, ifname, { signal })
    say('switched', { ifname, operstate: 'UP' })
  } finally {
    socket.close()
  }
}

const [old = 'eth0', seconds = '60'] = process.argv.slice(2)
provision(old, AbortSignal.timeout(Number(seconds) * 1000)).then(
  () => say('done'),
  (error) => {
    say('failed', { code: error.code, name: error.name, message: error.message })
    process.exitCode = error.name === 'TimeoutError' ? 124 : 1
  },
)
