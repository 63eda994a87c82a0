// The commands about captures: decode, record, schema, view.
// In: what the program shares with them. Out: each command with its options.

import { once } from 'node:events'
import { realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { ByteOrder } from '../base/byte-order.js'
import type { MessageFilter } from '../filter/expression.js'
import type { Schema } from '../schema/shipped-schema.js'
import { byteCount, familyNumber, messageFilter, seconds } from './arguments.js'
import type { Command } from './command.js'
import { decodeFile } from './decode-command.js'
import { recordFile } from './record-command.js'
import { writeSchema } from './schema-command.js'
import { makePage, openPage } from './view-command.js'

/** What the program shares with its commands. */
export interface Shared {
  /** Aborted by SIGINT and SIGTERM. */
  signal: AbortSignal
  print: (line: string) => void
  /** Runs until interrupted or timed out. */
  untilEnd: (
    timeout: number | undefined,
    run: (signal: AbortSignal) => Promise<void>,
  ) => Promise<AbortSignal>
}

const FILTER_HELP = `Filter: names, comparisons (== != < <= > >= =~), && || ! and parentheses.
  family == rt-link && ifname == eth0        error < 0
  linkinfo.kind == vxlan || mtu > 9000       operation =~ "^new" && !address
Facts: frame message time interface family operation protocol type flags length seq pid error`

export function captureCommands({ signal, print, untilEnd }: Shared): Command[] {
  return [
    {
      name: 'decode',
      about: 'print what a capture of netlink holds: pcap, pcapng, or - for standard input',
      arguments: [{ usage: '<file>', about: 'a capture, or - for standard input' }],
      options: [
        { flags: '--json', about: 'one object a message', conflicts: ['tree', 'nodes'] },
        { flags: '--tree', about: 'a tree a frame, a line a node', conflicts: ['nodes'] },
        { flags: '--nodes', about: 'one object a node, with its bytes, path, status and value' },
        {
          flags: '--filter <expression>',
          about: 'only messages that it holds for',
          parse: messageFilter,
        },
        { flags: '--c-names', about: 'C names (IFLA_MTU) instead of those of the specs (mtu)' },
        {
          flags: '--byte-order <order>',
          about: 'of the machine captured, where it is not found out',
          choices: ['little', 'big'],
        },
        {
          flags: '--family <name=number>',
          about: 'a generic family that the capture does not tell',
          parse: familyNumber,
        },
      ],
      after: FILTER_HELP,
      run: (path: string, flags: DecodeFlags) => decode(path, flags, signal),
    },
    {
      name: 'record',
      about: 'write what the kernel tells, as pcapng, until interrupted',
      arguments: [{ usage: '<file>', about: 'where to; - is standard output' }],
      options: [
        {
          flags: '-g, --groups <group...>',
          about:
            'multicast groups: link, ipv4-route, nfnetlink/conntrack-new, ethtool/monitor, ' +
            'PROTOCOL/NUMBER, …, with commas or spaces between them (default: all of rtnetlink)',
        },
        { flags: '--dump', about: 'begin with what is there already' },
        {
          flags: '--buffer <bytes>',
          about: 'receive buffer to ask for (default: 4 MiB)',
          parse: byteCount,
        },
        {
          flags: '-t, --timeout <seconds>',
          about: 'end, with 0, after that time',
          parse: seconds,
        },
      ],
      run: (file: string, options: RecordOptions) => record(file, options, untilEnd),
    },
    {
      name: 'schema',
      about: 'list the families that decode knows, or write those named into a file of their own',
      arguments: [{ usage: '[family...]', about: 'names of families' }],
      options: [
        {
          flags: '--output <file>',
          about: 'where to; what it holds is a schema for a Dissector',
        },
      ],
      run: async (names: string[], { output }: { output?: string }) =>
        writeSchema(await everyFamily(), names, output, print),
    },
    {
      name: 'view',
      about: 'make a page that shows a capture, print its path, and open it on a display',
      arguments: [
        {
          usage: '[file]',
          about: 'a capture, put into the page; without one, the page asks for it',
        },
      ],
      options: [
        {
          flags: '-o, --output <path>',
          about: 'where the page goes (default: a temporary file)',
        },
        { flags: '--no-open', about: 'only print the path' },
      ],
      run: (file: string | undefined, flags: ViewFlags) => view(file, flags, print),
    },
  ]
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

async function decode(path: string, flags: DecodeFlags, signal: AbortSignal): Promise<void> {
  const form = (['json', 'tree', 'nodes'] as const).find((one) => flags[one]) ?? 'lines'
  const foreign = await decodeFile(path, {
    form,
    filter: flags.filter,
    cNames: flags.cNames ?? false,
    byteOrder: flags.byteOrder,
    families: flags.family ?? {},
    schema: await everyFamily(),
    signal,
    print: printWhole,
    progress: process.stderr.isTTY && !process.stdout.isTTY ? process.stderr : undefined,
  })
  if (foreign > 0)
    console.error(
      `netlink-wasm: passed over ${foreign} ${foreign === 1 ? 'frame that is' : 'frames that are'} not netlink`,
    )
}

/** Loaded only by the commands that decode: a wait must not start later for it. */
async function everyFamily(): Promise<Schema> {
  return (await import('../schema/all.js')).default
}

/** Prints, and waits where the reader is slower than the decoder. */
async function printWhole(text: string): Promise<void> {
  if (!process.stdout.write(`${text}\n`)) await once(process.stdout, 'drain')
}

interface RecordOptions {
  groups?: string[]
  dump?: boolean
  buffer?: number
  timeout?: number
}

async function record(
  file: string,
  options: RecordOptions,
  untilEnd: Shared['untilEnd'],
): Promise<void> {
  const { groups, dump = false, buffer: receiveBufferBytes, timeout } = options
  await untilEnd(timeout, (signal) =>
    recordFile(file, { groups, dump, receiveBufferBytes, signal }),
  )
}

interface ViewFlags {
  output?: string
  open: boolean
}

async function view(
  file: string | undefined,
  { output, open }: ViewFlags,
  print: Shared['print'],
): Promise<void> {
  const viewer = join(dirname(realpathSync(process.argv[1] as string)), 'viewer.html')
  const page = await makePage(file, { viewer, output })
  print(page)
  if (open && process.stdout.isTTY) openPage(page)
}
