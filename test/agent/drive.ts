// Drives an agent through its steps, on a real kernel, in a network namespace that goes with it.
// In: a command that runs agent.ts in some form. Out: what it printed, how it ended and how long it took to
// start; every wait has a deadline. Needs root, or rather CAP_SYS_ADMIN, for the namespace.

import { spawn, spawnSync } from 'node:child_process'

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
}

const OLD = 'nic-old'
const NEW = 'nic-new'

/** What happens to the machine once the agent has said that it has come so far. */
const EVENTS: Record<string, string[]> = {
  watching: [`link del ${OLD}`],
  detached: [
    `link add ${NEW} type veth peer name ${NEW}-peer`,
    `link set ${NEW} up`,
    `link set ${NEW}-peer up`,
  ],
  attached: [`link set ${NEW}-peer down`, `link set ${NEW}-peer up`],
}

export function drive(command: string[], options: DriveOptions = {}): Promise<Drive> {
  const { cwd = '/', env = process.env, timeout = 120_000, prepare = ':' } = options
  const script = `set -e
    ip link add ${OLD} type veth peer name ${OLD}-peer
    ${prepare}
    exec "$@"`
  const seconds = String(Math.ceil(timeout / 1000))
  const child = spawn(
    'unshare',
    ['--net', '--mount', 'sh', '-c', script, 'sh', ...command, OLD, seconds],
    { cwd, env, timeout: timeout + 5000, killSignal: 'SIGKILL' },
  )
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
      const batch = EVENTS[step.step]
      if (batch) change(child.pid ?? 0, batch)
    }
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ steps, code, signal, stdout, stderr }))
  })
}

/** Runs `ip` commands in the network namespace of a process. */
function change(pid: number, commands: string[]): void {
  const args = [`--net=/proc/${pid}/ns/net`, 'ip', '-batch', '-']
  const { status, stderr } = spawnSync('nsenter', args, {
    input: commands.join('\n'),
    encoding: 'utf8',
    timeout: 60_000,
  })
  if (status !== 0) throw new Error(`nsenter ${args.join(' ')}: ${stderr}`)
}

/** Why an agent was not right; '' when it was. */
export function complaint({ steps, code, signal, stdout, stderr }: Drive): string {
  const seen = steps.map(({ step }) => step).join(' ')
  const isRight =
    code === 0 &&
    seen === 'watching detached attached switched done' &&
    String(steps[1]?.ifname).startsWith(OLD) &&
    // Both ends of a pair are new, and either may come first.
    String(steps[2]?.ifname).startsWith(NEW) &&
    steps[3]?.operstate === 'UP' &&
    stderr === ''
  return isRight ? '' : `ended with ${signal ?? code}\n${stdout}\n${stderr}`
}
