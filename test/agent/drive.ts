// Drives an agent through its steps, on a real kernel, on a machine that goes with it.
// In: a command that runs agent.ts, or seed.ts, in some form. Out: what it printed, how it ended and how long it took to
// start; every wait has a deadline. Needs root, or rather CAP_SYS_ADMIN, for the namespaces.

import { spawn } from 'node:child_process'
import { Machine } from './machine.ts'

export interface Step {
  step: string
  /** Milliseconds since the start of the agent's process. */
  at: number
  [fact: string]: unknown
}

export interface Drive {
  steps: Step[]
  code: number | null
  signal: string | null
  stdout: string
  stderr: string
}

export interface DriveOptions {
  cwd?: string
  env?: NodeJS.ProcessEnv
  /** Milliseconds for everything. */
  timeout?: number
  /** Shell that runs in the agent's own mount namespace before it starts. */
  prepare?: string
  /** It is seed.ts. */
  isSeed?: boolean
}

const OLD = 'nic-old'
const NEW = 'nic-new'

/** What happens to the machine once the agent has said that it has come so far. */
type Events = Record<string, (machine: Machine) => unknown>

const AGENT_EVENTS: Events = {
  ready: (machine) => machine.ip(`link del ${OLD}`),
  detached: (machine) => machine.plug(machine.attach(NEW)),
  carrier: (machine) => address(machine, NEW, '10.77.0.3'),
}

const SEED_EVENTS: Events = {
  watching: (machine) => machine.ip(`link del ${OLD}`),
  detached: async (machine) => {
    machine.plug(machine.attach(NEW))
    await machine.addressOf(NEW)
    machine.ip(`link set ${NEW} up`)
  },
  attached: (machine) => machine.ip(`link set ${NEW} down`, `link set ${NEW} up`),
}

/** What a DHCP client would do. */
function address(machine: Machine, nic: string, text: string): void {
  machine.ip(`addr add ${text}/16 dev ${nic}`, `route add default via 10.77.0.1 dev ${nic}`)
}

export async function drive(command: string[], options: DriveOptions = {}): Promise<Drive> {
  const machine = await Machine.start()
  try {
    machine.plug(machine.attach(OLD))
    const mac = await machine.addressOf(OLD)
    machine.ip(`link set ${OLD} up`)
    address(machine, OLD, '10.77.0.2')
    return await driven(machine, command, mac, options)
  } finally {
    machine.close()
  }
}

function driven(
  machine: Machine,
  command: string[],
  mac: string,
  { cwd = '/', env = process.env, timeout = 120_000, prepare = ':', isSeed }: DriveOptions,
): Promise<Drive> {
  const events = isSeed ? SEED_EVENTS : AGENT_EVENTS
  const script = `set -e\n${prepare}\nexec "$@"`
  const seconds = String(Math.ceil(timeout / 1000))
  const old = isSeed ? OLD : mac
  const [file = '', ...args] = [
    ...machine.prefix,
    ...['unshare', '--mount', 'sh', '-c', script, 'sh', ...command, old, seconds],
  ]
  const child = spawn(file, args, { cwd, env, timeout: timeout + 5000, killSignal: 'SIGKILL' })
  const steps: Step[] = []
  let stdout = ''
  let stderr = ''
  let line = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    const lines = (line + text).split('\n')
    line = lines.pop() ?? ''
    for (const json of lines) {
      if (!json.startsWith('{')) continue
      const step = JSON.parse(json) as Step
      steps.push(step)
      void events[step.step]?.(machine)
    }
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ steps, code, signal, stdout, stderr }))
  })
}

export const AGENT_STEPS =
  'started watching ready detached attached up carrier address route online metadata done'
const SEED_STEPS = 'watching detached attached switched done'

/** Why an agent was not right; '' when it was. */
export function complaint({ steps, code, signal, stdout, stderr }: Drive): string {
  const seen = steps.map(({ step }) => step).join(' ')
  const of = (step: string) => steps.find((one) => one.step === step)
  const isRight =
    (seen === AGENT_STEPS && of('metadata')?.metadata === 'the owner') ||
    (seen === SEED_STEPS && of('switched')?.operstate === 'UP')
  const isSwapped = of('detached')?.ifname === OLD && of('attached')?.ifname === NEW
  const isWell = code === 0 && stderr === ''
  return isRight && isSwapped && isWell ? '' : `ended with ${signal ?? code}\n${stdout}\n${stderr}`
}
