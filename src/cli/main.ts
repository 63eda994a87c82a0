#!/usr/bin/env node
// The command line: arguments in, lines and an exit code out.
// Exit codes: 0 met, 1 error, 2 usage, 124 timed out (as coreutils' timeout), 128 + n on signal n.

import { constants } from 'node:os'
import { Command, CommanderError, InvalidArgumentError } from 'commander'
import packageJson from '../../package.json' with { type: 'json' }
import { dumpLinks } from '../dump.js'
import { watchLinks } from '../watch.js'
import { LINK_HEADING, linkJson, linkLine, painter, printable } from './print.js'
import { waitAttach, waitDetach, waitMedia } from './wait.js'

const EXIT_ERROR = 1
const EXIT_USAGE = 2
const EXIT_TIMED_OUT = 124

interface Options {
  json?: boolean
  timeout?: number
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

async function watch({ json, timeout }: Options): Promise<void> {
  const timer = timeout === undefined ? undefined : AbortSignal.timeout(timeout)
  const signal = timer ? AbortSignal.any([interrupt.signal, timer]) : interrupt.signal
  if (!json) print(paint('dim', `${'EVENT'.padEnd(8)}${LINK_HEADING}`))
  await watchLinks((event) => {
    if (event.type === 'overrun') {
      console.error('netlink-wasm: the kernel dropped events: the receive buffer was full')
    } else if (json) {
      const deleted = event.type === 'removed' ? { deleted: true } : {}
      print(linkJson(event.link, { event: event.type, ...deleted }))
    } else {
      print(`${event.type.padEnd(8)}${linkLine(event.link, paint)}`)
    }
  }, signal)
  if (timer?.aborted) process.exitCode = EXIT_TIMED_OUT
}

function waiting(wait: (options: { signal: AbortSignal; timeout?: number }) => Promise<string>) {
  return async ({ timeout }: Options) => {
    const { signal } = interrupt
    const name = await wait({ signal, ...(timeout !== undefined && { timeout }) })
    print(process.stdout.isTTY ? printable(name) : name)
  }
}

function seconds(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= 0)) {
    throw new InvalidArgumentError('expected a number of seconds, 0 or more')
  }
  return value * 1000
}

function program(): Command {
  const timeoutFlag = '-t, --timeout <seconds>'
  const timeoutHelp = 'exit with 124 when it has not happened by then'
  const cli = new Command('netlink-wasm')
    .description("Shows this network namespace's links, and waits for what becomes of them.")
    .version(packageJson.version)
    .exitOverride()
    .showHelpAfterError('(netlink-wasm --help tells more)')
    .addHelpText('after', '\nExit codes: 0 met, 1 error, 2 usage, 124 timed out')
  cli
    .command('links')
    .description('print every link, as `ip link` knows it')
    .option('--json', 'one JSON object a line, with the names of `ip -j -d link`')
    .action(links)
  cli
    .command('watch')
    .description('print every link, then every change, until interrupted')
    .option('--json', 'one JSON object a line, with the names of `ip -j -d link` and an "event"')
    .option(timeoutFlag, 'end, with 124, after that time', seconds)
    .action(watch)
  const wait = cli.command('wait').description('wait for one thing to happen, and print the name')
  wait
    .command('attach')
    .description('a link appears')
    .option('--ignore <name...>', 'links that do not count (default: those present now)')
    .option(timeoutFlag, timeoutHelp, seconds)
    .action((options: Options) => waiting((o) => waitAttach(options.ignore, o))(options))
  wait
    .command('detach')
    .description('a link, or the one of that name, is removed')
    .argument('[name]')
    .option(timeoutFlag, timeoutHelp, seconds)
    .action((name: string | undefined, options: Options) =>
      waiting((o) => waitDetach(name, o))(options),
    )
  wait
    .command('media')
    .description('the media of a link is disconnected and connected again: DOWN, then UP')
    .argument('<name>')
    .option(timeoutFlag, timeoutHelp, seconds)
    .action((name: string, options: Options) => waiting((o) => waitMedia(name, o))(options))
  return cli
}

/** The exit code for what went wrong, after saying it. */
function fail(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE
  const { name, message } = error as Error
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
  throw error
})

program()
  .parseAsync()
  .catch((error) => {
    process.exitCode = fail(error)
  })
