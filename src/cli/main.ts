#!/usr/bin/env node
// The command line: arguments in, lines and an exit code out.
// Exit codes: 0 met, 1 error, 2 usage, 124 timed out (as coreutils' timeout), 128 + n on signal n.

import { constants } from 'node:os'
import { TIMER_MAX, type WaitOptions } from '../base/deadline.js'
import { dumpLinks } from '../monitor/dump-links.js'
import type { OperState } from '../objects/link-names.js'
import { linkRef, operState, seconds } from './arguments.js'
import { captureCommands } from './capture-commands.js'
import { type Argument, type Command, Help, type Option, readCommand } from './command.js'
import { LINK_HEADING, linkJson, linkLine, painter, printable } from './print-links.js'
import { UsageError } from './usage.js'
import { waitAttach, waitDetach, waitMedia, waitOperState } from './wait-command.js'
import { watchLinks } from './watch-command.js'

/** Put in by scripts/package.mjs. */
declare const VERSION: string

const EXIT_ERROR = 1
const EXIT_USAGE = 2
const EXIT_TIMED_OUT = 124

interface Options {
  json?: boolean
  stats?: boolean
  timeout?: number
  settle?: number
  ignore?: string[]
}

const interrupt = new AbortController()
const paint = painter(process.stdout)

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

async function links({ json }: Options): Promise<void> {
  const found = await dumpLinks({ signal: interrupt.signal })
  if (!json) print(paint('dim', LINK_HEADING))
  for (const link of found) print(json ? linkJson(link) : linkLine(link, paint))
}

/** Runs until interrupted or timed out; aborted with EXIT_TIMED_OUT in the latter case. */
async function untilEnd(
  timeout: number | undefined,
  run: (signal: AbortSignal) => Promise<void>,
): Promise<AbortSignal> {
  const end = new AbortController()
  const timer =
    timeout === undefined || timeout > TIMER_MAX
      ? undefined
      : setTimeout(() => end.abort(EXIT_TIMED_OUT), timeout)
  interrupt.signal.addEventListener('abort', () => end.abort(interrupt.signal.reason))
  try {
    await run(end.signal)
  } finally {
    clearTimeout(timer)
  }
  return end.signal
}

async function watch({ json = false, stats = false, timeout }: Options): Promise<void> {
  const { reason } = await untilEnd(timeout, async (signal) => {
    try {
      await watchLinks({ json, stats, signal, print, paint })
    } catch (error) {
      if (!signal.aborted) throw error
    }
  })
  if (reason === EXIT_TIMED_OUT) process.exitCode = EXIT_TIMED_OUT
}

/** Runs a wait and prints the name it answers. */
async function printName(
  wait: (options: WaitOptions) => Promise<string>,
  { timeout }: Options,
): Promise<void> {
  const name = await wait({ signal: interrupt.signal, timeout })
  print(process.stdout.isTTY ? printable(name) : name)
}

const LINK_ARGUMENT = 'a name, altname, ifindex or MAC address'

const TIMEOUT: Option = {
  flags: '-t, --timeout <seconds>',
  about: 'exit with 124 when it has not happened by then',
  parse: seconds,
}
const LINK: Argument = { usage: '<link>', about: LINK_ARGUMENT, parse: linkRef }

const WAITS: Command[] = [
  {
    name: 'attach',
    about: 'a link appears',
    options: [
      TIMEOUT,
      {
        flags: '--ignore <link...>',
        about: 'links that do not count (default: those present now)',
      },
      {
        flags: '--settle <seconds>',
        about: 'report it once it has not been renamed for so long',
        parse: seconds,
      },
    ],
    run(options: Options) {
      const { ignore, settle } = options
      return printName((limits) => waitAttach({ ignore, settle }, limits), options)
    },
  },
  {
    name: 'detach',
    about: 'a link is removed: that one, or any',
    arguments: [{ ...LINK, usage: '[link]' }],
    options: [TIMEOUT],
    run: (ref: string | undefined, options: Options) =>
      printName((limits) => waitDetach(ref, limits), options),
  },
  {
    name: 'media',
    about: 'the media of a link is lost and comes back: DOWN, then UP',
    arguments: [LINK],
    options: [TIMEOUT],
    run: (ref: string, options: Options) => printName((limits) => waitMedia(ref, limits), options),
  },
  {
    name: 'operstate',
    about: 'a link is in one of the given operational states',
    arguments: [
      LINK,
      { usage: '<state...>', about: 'UP, DOWN, LOWERLAYERDOWN, …', parse: operState },
    ],
    options: [TIMEOUT],
    run: (ref: string, states: OperState[], options: Options) =>
      printName((limits) => waitOperState(ref, states, limits), options),
  },
]

const PROGRAM: Command = {
  name: 'netlink-wasm',
  about:
    'What the kernel says over netlink: links and waits, live; recordings and captures, decoded.',
  version: VERSION,
  commands: [
    {
      name: 'links',
      about: 'print every link, as `ip link` knows it',
      options: [
        { flags: '--json', about: 'one JSON object a line, with the names of `ip -j -d link`' },
      ],
      run: links,
    },
    {
      name: 'watch',
      about: 'print every link, then every event, until interrupted',
      options: [
        {
          flags: '--json',
          about: 'one JSON object a line, with the names of `ip -j -d link` and an "event"',
        },
        {
          flags: '--stats',
          about: 'say at the end what was counted; SIGUSR1 does so at any time',
        },
        { ...TIMEOUT, about: 'end, with 124, after that time' },
      ],
      run: watch,
    },
    ...captureCommands({ signal: interrupt.signal, print, untilEnd }),
    { name: 'wait', about: 'wait for one thing to happen, and print the name', commands: WAITS },
  ],
  after: 'Exit codes: 0 met, 1 error, 2 usage, 124 timed out, 130 interrupted',
}

/** The exit code for what went wrong, after saying it. */
function fail(error: unknown): number {
  if (error instanceof Help) {
    process[error.wasAsked ? 'stdout' : 'stderr'].write(error.text)
    return error.wasAsked ? 0 : EXIT_USAGE
  }
  const { name, message } = error as Error
  if (error instanceof UsageError) {
    console.error(`netlink-wasm: ${message}`)
    return EXIT_USAGE
  }
  if (name === 'TimeoutError') return EXIT_TIMED_OUT
  if (interrupt.signal.aborted) return interrupt.signal.reason
  console.error(`netlink-wasm: ${message}`)
  return EXIT_ERROR
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => interrupt.abort(128 + constants.signals[signal]))
}
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The reader has gone (`… | head`): nothing is left to say.
  if (error.code === 'EPIPE') process.exit()
  console.error(`netlink-wasm: ${error.message}`)
  process.exit(EXIT_ERROR)
})

try {
  await readCommand(PROGRAM, process.argv.slice(2))()
} catch (error) {
  process.exitCode = fail(error)
}
