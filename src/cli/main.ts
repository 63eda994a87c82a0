#!/usr/bin/env node

// The command line: arguments in, lines and an exit code out.
// Exit codes: 0 met, 1 error, 2 usage, 124 timed out, 128 + n on signal n.

import { Command, CommanderError, Option } from 'commander'
import type { WaitOptions } from '../base/deadline.js'
import { printable } from '../base/text.js'
import { dumpLinks } from '../monitor/dump-links.js'
import type { OperState } from '../objects/link-names.js'
import { linkRef, operState, seconds, word } from './arguments.js'
import { addAskingCommands } from './asking-commands.js'
import { addCaptureCommands } from './capture-commands.js'
import { Ending, EXIT_TIMED_OUT } from './ending.js'
import { addNetworkCommands, addNetworkWaits, networkPart } from './network-commands.js'
import { Output, unblock } from './output.js'
import { LINK_HEADING, linkJson, linkLine, painter } from './print-links.js'
import { catchStatisticsSignal } from './statistics.js'
import {
  type Waited,
  waitAttach,
  waitCarrier,
  waitDetach,
  waitedText,
  waitMedia,
  waitOperState,
} from './wait-command.js'
import { watchLinks } from './watch-command.js'
import { watchNetwork } from './watch-network.js'

/** Defined by .rolldown.config.mjs. */
declare const VERSION: string

const EXIT_ERROR = 1
const EXIT_USAGE = 2

interface Options {
  json?: boolean
  stats?: boolean
  statistics?: boolean
  timeout?: number
  settle?: number
  ignore?: string[]
  then?: 'attach'
  from?: 'any' | 'up'
  gone?: 'wait' | 'reject'
}

const ending = new Ending()
const output = new Output(process.stdout.fd, process.stdout, ending)
const paint = painter(process.stdout)

async function links({ json, statistics }: Options): Promise<void> {
  const found = await dumpLinks({ signal: ending.catchSignals(), statistics })
  if (!json) await output.print(paint('dim', LINK_HEADING))
  for (const link of found) {
    const counters = statistics ? { stats64: link.stats64 } : {}
    await output.print(json ? linkJson(link, counters) : linkLine(link, paint))
  }
}

async function watch(
  parts: string[],
  { json = false, stats = false, timeout }: Options,
): Promise<void> {
  const signal = ending.catchSignals()
  const print = (line: string) => output.print(line)
  const options = { json, stats, signal, print, paint }
  const isLinksOnly = parts.every((part) => part === 'links')
  const run = () => (isLinksOnly ? watchLinks(options) : watchNetwork(parts, options))
  await ending.untilInterrupted(timeout, run)
}

/** Runs a wait and prints the link that it resolves with, both within the timeout. */
async function printWaited(
  wait: (options: WaitOptions) => Promise<Waited>,
  { timeout, json = false }: Options,
): Promise<void> {
  const start = performance.now()
  const text = waitedText(await wait({ signal: ending.catchSignals(), timeout }), json)
  const left = timeout && Math.max(0, timeout - (performance.now() - start))
  await ending.within(left, () => output.print(process.stdout.isTTY ? printable(text) : text))
}

const LINK = 'a name, altname, ifindex or MAC address'

function addWait(wait: Command, name: string, about: string): Command {
  return wait
    .command(name)
    .description(about)
    .option('--json', 'print the link as JSON, with the names of `ip -j -d link`')
    .option(
      '-t, --timeout <seconds>',
      'exit with 124 if it has not happened after that time',
      seconds,
    )
}

const SETTLE = [
  '--settle <seconds>',
  'report a new link once it has kept its name for that time',
] as const

const gone = () =>
  new Option('--gone <what>', 'if the link is removed, wait for the next one of that name or fail')
    .choices(['wait', 'reject'])
    .default('wait')

function addWaits(wait: Command): void {
  addWait(wait, 'attach', 'a link appears')
    .option('--ignore <link...>', 'links to ignore (default: those present now)', word)
    .option(...SETTLE, seconds)
    .action((options: Options) => {
      const { ignore, settle } = options
      return printWaited((limits) => waitAttach({ ignore, settle }, limits), options)
    })
  addWait(wait, 'detach', 'a link is removed: this one, or any')
    .argument('[link]', LINK, linkRef)
    .addOption(
      new Option(
        '--then <wait>',
        'then wait for a link that has appeared since the start, and print that one',
      ).choices(['attach']),
    )
    .option(...SETTLE, seconds)
    .action((ref: string | undefined, options: Options) => {
      const { then, settle } = options
      if (settle !== undefined && !then) {
        throw new CommanderError(EXIT_USAGE, 'wait.settle', '--settle needs --then attach')
      }
      return printWaited((limits) => waitDetach(ref, { then, settle }, limits), options)
    })
  addWait(wait, 'media', 'the media of a link is lost and comes back: DOWN, then UP')
    .argument('<link>', LINK, linkRef)
    .addOption(
      new Option('--from <state>', 'up: the link must be UP before it loses its media')
        .choices(['any', 'up'])
        .default('any'),
    )
    .addOption(gone())
    .action((ref: string, options: Options) =>
      printWaited((limits) => waitMedia(ref, options, limits), options),
    )
  addWait(wait, 'carrier', 'a link is up and has a carrier, in whatever operational state')
    .argument('<link>', LINK, linkRef)
    .addOption(gone())
    .action((ref: string, options: Options) =>
      printWaited((limits) => waitCarrier(ref, options, limits), options),
    )
  addWait(wait, 'operstate', 'a link is in one of the given operational states')
    .argument('<link>', LINK, linkRef)
    .argument('<state...>', 'UP, DOWN, LOWERLAYERDOWN, …', operState)
    .addOption(gone())
    .action((ref: string, states: OperState[], options: Options) =>
      printWaited((limits) => waitOperState(ref, states, options, limits), options),
    )
}

/** The help text, if it was asked for. It is written like other output, as a full disk must be an error here, too. */
let help = ''

function program(): Command {
  const cli = new Command('netlink-wasm')
    .description(
      'Show and await changes of network interfaces, ask the kernel, record netlink, decode captures of it.',
    )
    .version(VERSION)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        help += text
      },
      // fail() prints the error.
      outputError: () => {},
    })
    .addHelpText('after', '\nExit codes: 0 met, 1 error, 2 usage, 124 timed out, 130 interrupted')
  cli
    .command('links')
    .description('print every link')
    .option('--json', 'print JSON, one object a line, with the names of `ip -j -d link`')
    .option('-s, --statistics', 'with --json: the counters of each link, as `ip -s` prints them')
    .action(links)
  cli
    .command('watch')
    .description('print every link, then every event, until interrupted')
    .argument(
      '[part...]',
      'links (default), addresses, routes, neighbours, rules, all',
      networkPart,
      [],
    )
    .option('--json', 'one JSON object a line, with the names of `ip -j -d link` and an "event"')
    .option('--stats', 'print statistics at the end; SIGUSR1 prints them at any time')
    .option('-t, --timeout <seconds>', 'exit with 124 after that time', seconds)
    .action(watch)
  addNetworkCommands(cli, output, ending)
  addAskingCommands(cli, output, ending)
  addCaptureCommands(cli, output, ending)
  const wait = cli.command('wait').description('wait for one thing to happen, and print the name')
  addWaits(wait)
  addNetworkWaits(wait, output, ending)
  return cli
}

/** Prints an error and returns its exit code. */
function fail(error: unknown): number {
  if (ending.caused(error)) return ending.asked.reason
  const { name, message, code } = error as NodeJS.ErrnoException
  if (name === 'TimeoutError') return EXIT_TIMED_OUT
  // The reader has closed the pipe (`… | head`).
  if (code === 'EPIPE') return 0
  const isUsage = error instanceof CommanderError
  // If a command is missing, its help has already been printed.
  if (isUsage && code === 'commander.help') return EXIT_USAGE
  const text = isUsage ? `${message.replace(/^error: /, '')}\n(see netlink-wasm --help)` : message
  // A message may have several lines, and may quote text from a user or a file.
  console.error(`netlink-wasm: ${text.split('\n').map(printable).join('\n')}`)
  return isUsage ? EXIT_USAGE : EXIT_ERROR
}

catchStatisticsSignal()
unblock(process.stdout)
unblock(process.stderr)
let code = 0
try {
  await program()
    .parseAsync()
    .catch((error) => {
      if (error instanceof CommanderError && error.exitCode === 0) return
      throw error
    })
  if (help) await output.write(Buffer.from(help))
} catch (error) {
  code = fail(error)
}
ending.exit(code)
