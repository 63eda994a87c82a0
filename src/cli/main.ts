#!/usr/bin/env node
// The command line: arguments in, lines and an exit code out.
// Exit codes: 0 met, 1 error, 2 usage, 124 timed out (as coreutils' timeout), 128 + n on signal n.

import { once } from 'node:events'
import { realpathSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { FAMILY_IDS_MAX, NETLINK_GENERIC } from '../../assembly/tree-layout.js'
import packageJson from '../../package.json' with { type: 'json' }
import type { ByteOrder } from '../decode.js'
import { dumpLinks } from '../dump.js'
import { compileFilter, type MessageFilter } from '../filter/expression.js'
import { type OperState, operStateNumber } from '../names.js'
import { TIMER_MAX, type WaitOptions } from '../waiting.js'
import { type DecodeOptions, decodeFile } from './decode.js'
import { LINK_HEADING, linkJson, linkLine, painter, printable } from './print.js'
import { recordFile } from './record.js'
import { writeSchema } from './schema.js'
import { UsageError } from './usage.js'
import { makePage, openPage } from './view.js'
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
  groups?: string[]
  dump?: boolean
  buffer?: number
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

async function record(file: string, options: Options): Promise<void> {
  const { groups, dump = false, buffer: receiveBufferBytes, timeout } = options
  await untilEnd(timeout, (signal) =>
    recordFile(file, { groups, dump, receiveBufferBytes, signal }),
  )
}

interface DecodeFlags {
  json?: boolean
  tree?: boolean
  nodes?: boolean
  filter?: MessageFilter
  cNames?: boolean
  byteOrder?: ByteOrder
  family?: Record<string, number>
}

async function decode(path: string, flags: DecodeFlags): Promise<void> {
  const form = (['json', 'tree', 'nodes'] as const).find((one) => flags[one]) ?? 'lines'
  const options: DecodeOptions = {
    form,
    filter: flags.filter,
    cNames: flags.cNames ?? false,
    byteOrder: flags.byteOrder,
    families: flags.family ?? {},
    schema: await everyFamily(),
    signal: interrupt.signal,
    print: printWhole,
    progress: process.stderr.isTTY && !process.stdout.isTTY ? process.stderr : undefined,
  }
  const foreign = await decodeFile(path, options)
  if (foreign > 0)
    console.error(
      `netlink-wasm: passed over ${foreign} ${foreign === 1 ? 'frame that is' : 'frames that are'} not netlink`,
    )
}

/** Unpacked only by who needs it: a wait must not start later for it. */
async function everyFamily(): Promise<Uint8Array> {
  return (await import('../families/all.js')).default
}

interface ViewFlags {
  output?: string
  open: boolean
}

async function view(file: string | undefined, { output, open }: ViewFlags): Promise<void> {
  const viewer = join(dirname(realpathSync(process.argv[1] as string)), 'viewer.html')
  const page = await makePage(file, { viewer, output })
  print(page)
  if (open && process.stdout.isTTY) openPage(page)
}

/** Prints, and waits where the reader is slower than the decoder. */
async function printWhole(text: string): Promise<void> {
  if (!process.stdout.write(`${text}\n`)) await once(process.stdout, 'drain')
}

function messageFilter(text: string): MessageFilter {
  try {
    return compileFilter(text)
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message)
  }
}

function familyNumber(text: string, before: Record<string, number> = {}): Record<string, number> {
  const [, name, number] = /^(.+)=(\d+)$/.exec(text) ?? []
  const isFamily = Number(number) >= NETLINK_GENERIC && Number(number) < FAMILY_IDS_MAX
  if (!name || !isFamily) {
    throw new InvalidArgumentError(
      `expected NAME=NUMBER, the number from ${NETLINK_GENERIC} to ${FAMILY_IDS_MAX - 1}`,
    )
  }
  return { ...before, [name]: Number(number) }
}

/** Runs a wait and prints the name it answers. */
async function printName(
  wait: (options: WaitOptions) => Promise<string>,
  { timeout }: Options,
): Promise<void> {
  const name = await wait({ signal: interrupt.signal, timeout })
  print(process.stdout.isTTY ? printable(name) : name)
}

function seconds(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= 0)) {
    throw new InvalidArgumentError('expected a number of seconds, 0 or more')
  }
  return value * 1000
}

function byteCount(text: string): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < 1 || value > TIMER_MAX) {
    throw new InvalidArgumentError('expected a number of bytes, 1 or more')
  }
  return value
}

function operState(text: string, states: OperState[] = []): OperState[] {
  const state = text.toUpperCase() as OperState
  try {
    operStateNumber(state)
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message)
  }
  return [...states, state]
}

function linkRef(text: string): string {
  if (text === '') throw new InvalidArgumentError('interface name cannot be empty')
  return text
}

const FILTER_HELP = `
Filter: names, comparisons (== != < <= > >= =~), && || ! and parentheses.
  family == rt-link && ifname == eth0        error < 0
  linkinfo.kind == vxlan || mtu > 9000       operation =~ "^new" && !address
Facts: frame message time interface family operation protocol type flags length seq pid error`

const LINK_ARGUMENT = 'a name, altname, ifindex or MAC address'

function program(): Command {
  const cli = new Command('netlink-wasm')
    .description("Shows this network namespace's links, and waits for what becomes of them.")
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
  cli
    .command('decode')
    .description('print what a capture of netlink holds: pcap, pcapng, or - for standard input')
    .argument('<file>', 'a capture, or - for standard input')
    .addOption(new Option('--json', 'one object a message').conflicts(['tree', 'nodes']))
    .addOption(new Option('--tree', 'a tree a frame, a line a node').conflicts('nodes'))
    .option('--nodes', 'one object a node, with its bytes, path, status and value')
    .option('--filter <expression>', 'only messages that it holds for', messageFilter)
    .option('--c-names', 'C names (IFLA_MTU) instead of those of the specs (mtu)')
    .addOption(
      new Option(
        '--byte-order <order>',
        'of the machine captured, where it is not found out',
      ).choices(['little', 'big']),
    )
    .option(
      '--family <name=number>',
      'a generic family that the capture does not tell',
      familyNumber,
    )
    .addHelpText('after', FILTER_HELP)
    .action(decode)
  cli
    .command('record')
    .description('write what the kernel tells, as pcapng, until interrupted')
    .argument('<file>', 'where to; - is standard output')
    .option(
      '-g, --groups <group...>',
      'multicast groups: link, ipv4-route, nfnetlink/conntrack-new, ethtool/monitor, ' +
        'PROTOCOL/NUMBER, … (default: all of rtnetlink)',
    )
    .option('--dump', 'begin with what is there already')
    .option('--buffer <bytes>', 'receive buffer to ask for (default: 4 MiB)', byteCount)
    .option('-t, --timeout <seconds>', 'end, with 0, after that time', seconds)
    .action(record)
  cli
    .command('schema')
    .description(
      'list the families that decode knows, or write those named into a file of their own',
    )
    .argument('[family...]', 'names of families')
    .option('--output <file>', 'where to; what it holds is a schema for a Dissector')
    .action(async (names: string[], { output }: { output?: string }) =>
      writeSchema(await everyFamily(), names, output, print),
    )
  cli
    .command('view')
    .description('make a page that shows a capture, print its path, and open it on a display')
    .argument('[file]', 'a capture, put into the page; without one, the page asks for it')
    .option('-o, --output <path>', 'where the page goes (default: a temporary file)')
    .option('--no-open', 'only print the path')
    .action(view)
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
