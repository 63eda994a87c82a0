#!/usr/bin/env node
// The command line: arguments in, lines and an exit code out.
// Exit codes: 0 met, 1 error, 2 usage, 124 timed out (as coreutils' timeout), 128 + n on signal n.

import { constants } from 'node:os'
import { Command, CommanderError } from 'commander'
import packageJson from '../../package.json' with { type: 'json' }
import { dumpLinks } from '../dump.js'
import type { OperState } from '../names.js'
import { TIMER_MAX, type WaitOptions } from '../waiting.js'
import { linkRef, operState, seconds } from './arguments.js'
import { addCaptureCommands } from './captures.js'
import { LINK_HEADING, linkJson, linkLine, painter, printable } from './print.js'
import { UsageError } from './usage.js'
import { waitAttach, waitDetach, waitMedia, waitOperState } from './wait.js'
import { watchLinks } from './watch.js'

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

function program(): Command {
  const cli = new Command('netlink-wasm')
    .description(
      'What the kernel says over netlink: links and waits, live; recordings and captures, decoded.',
    )
    .version(packageJson.version)
    .exitOverride()
    .showHelpAfterError('(netlink-wasm --help tells more)')
    .addHelpText('after', '\nExit codes: 0 met, 1 error, 2 usage, 124 timed out, 130 interrupted')
  cli
    .command('links')
    .description('print every link, as `ip link` knows it')
    .option('--json', 'one JSON object a line, with the names of `ip -j -d link`')
    .action(links)
  cli
    .command('watch')
    .description('print every link, then every event, until interrupted')
    .option('--json', 'one JSON object a line, with the names of `ip -j -d link` and an "event"')
    .option('--stats', 'say at the end what was counted; SIGUSR1 does so at any time')
    .option('-t, --timeout <seconds>', 'end, with 124, after that time', seconds)
    .action(watch)
  addCaptureCommands(cli, { signal: interrupt.signal, print, untilEnd })
  addWaits(cli.command('wait').description('wait for one thing to happen, and print the name'))
  return cli
}

function addWaits(wait: Command): void {
  const add = (usage: string, description: string) =>
    wait
      .command(usage)
      .description(description)
      .option('-t, --timeout <seconds>', 'exit with 124 when it has not happened by then', seconds)
  add('attach', 'a link appears')
    .option('--ignore <link...>', 'links that do not count (default: those present now)')
    .option('--settle <seconds>', 'report it once it has not been renamed for so long', seconds)
    .action((options: Options) => {
      const { ignore, settle } = options
      return printName((limits) => waitAttach({ ignore, settle }, limits), options)
    })
  add('detach', 'a link is removed: that one, or any')
    .argument('[link]', LINK_ARGUMENT, linkRef)
    .action((ref: string | undefined, options: Options) =>
      printName((limits) => waitDetach(ref, limits), options),
    )
  add('media', 'the media of a link is lost and comes back: DOWN, then UP')
    .argument('<link>', LINK_ARGUMENT, linkRef)
    .action((ref: string, options: Options) =>
      printName((limits) => waitMedia(ref, limits), options),
    )
  add('operstate', 'a link is in one of the given operational states')
    .argument('<link>', LINK_ARGUMENT, linkRef)
    .argument('<state...>', 'UP, DOWN, LOWERLAYERDOWN, …', operState)
    .action((ref: string, states: OperState[], options: Options) =>
      printName((limits) => waitOperState(ref, states, limits), options),
    )
}

/** The exit code for what went wrong, after saying it. */
function fail(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE
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

program()
  .parseAsync()
  .catch((error) => {
    process.exitCode = fail(error)
  })
