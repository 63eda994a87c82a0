#!/usr/bin/env node

// The command line: arguments in, lines and an exit code out.
// Exit codes: 0 met, 1 error, 2 usage, 124 timed out, 128 + n on signal n.

import type { WaitOptions } from '../base/deadline.js'
import { printable } from '../base/text.js'
import { dumpLinks } from '../monitor/dump-links.js'
import type { OperState } from '../objects/link-names.js'
import { linkRef, operState, seconds } from './arguments.js'
import { askingCommands } from './asking-commands.js'
import { captureCommands } from './capture-commands.js'
import { type Argument, type Command, Help, type Option, readCommand } from './command.js'
import { Ending, EXIT_TIMED_OUT } from './ending.js'
import { Output, unblock } from './output.js'
import { LINK_HEADING, linkJson, linkLine, painter } from './print-links.js'
import { UsageError } from './usage.js'
import { waitAttach, waitDetach, waitMedia, waitOperState } from './wait-command.js'
import { watchLinks } from './watch-command.js'

/** Put in by scripts/package.mjs. */
declare const VERSION: string

const EXIT_ERROR = 1
const EXIT_USAGE = 2

interface Options {
  json?: boolean
  stats?: boolean
  timeout?: number
  settle?: number
  ignore?: string[]
}

const ending = new Ending()
const output = new Output(process.stdout.fd, process.stdout, ending)
const paint = painter(process.stdout)

async function links({ json }: Options): Promise<void> {
  const found = await dumpLinks({ signal: ending.catchSignals() })
  if (!json) await output.print(paint('dim', LINK_HEADING))
  for (const link of found) await output.print(json ? linkJson(link) : linkLine(link, paint))
}

async function watch({ json = false, stats = false, timeout }: Options): Promise<number> {
  const signal = ending.catchSignals()
  const print = (line: string) => output.print(line)
  try {
    await ending.within(timeout, () => watchLinks({ json, stats, signal, print, paint }))
  } catch (error) {
    if (!ending.caused(error)) throw error
  }
  return signal.reason === EXIT_TIMED_OUT ? EXIT_TIMED_OUT : 0
}

/** Runs a wait and prints the name it answers, both within the timeout. */
async function printName(
  wait: (options: WaitOptions) => Promise<string>,
  { timeout }: Options,
): Promise<void> {
  const start = performance.now()
  const name = await wait({ signal: ending.catchSignals(), timeout })
  const left = timeout && Math.max(0, timeout - (performance.now() - start))
  await ending.within(left, () => output.print(process.stdout.isTTY ? printable(name) : name))
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
  about: 'Netlink, live and recorded: links and waits, requests to the kernel, captures decoded.',
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
    ...askingCommands(output, ending),
    ...captureCommands(output, ending),
    { name: 'wait', about: 'wait for one thing to happen, and print the name', commands: WAITS },
  ],
  after: 'Exit codes: 0 met, 1 error, 2 usage, 124 timed out, 130 interrupted',
}

/** What a command line asks for; the help, too, may not fit on a disk. */
function commandOf(words: string[]): () => unknown {
  try {
    return readCommand(PROGRAM, words)
  } catch (error) {
    if (!(error instanceof Help && error.wasAsked)) throw error
    return () => output.write(Buffer.from(error.text))
  }
}

/** The exit code for what went wrong, after saying it. */
function fail(error: unknown): number {
  if (ending.caused(error)) return ending.asked.reason
  if (error instanceof Help) {
    process.stderr.write(error.text)
    return EXIT_USAGE
  }
  const { name, message, code } = error as NodeJS.ErrnoException
  if (name === 'TimeoutError') return EXIT_TIMED_OUT
  // The reader has gone (`… | head`): nothing is left to say.
  if (code === 'EPIPE') return 0
  // A message may have several lines, and quote what a user or a file said.
  console.error(`netlink-wasm: ${message.split('\n').map(printable).join('\n')}`)
  return error instanceof UsageError ? EXIT_USAGE : EXIT_ERROR
}

unblock(process.stdout)
unblock(process.stderr)
let code: number
try {
  code = ((await commandOf(process.argv.slice(2))()) as number | undefined) ?? 0
} catch (error) {
  code = fail(error)
}
ending.exit(code)
