// The commands for captures: decode, record, schema, view.
// In: the program to add them to, and its output and ending. Out: each command with its options.

import { realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Command, Option } from 'commander'
import type { ByteOrder } from '../base/byte-order.js'
import type { Schema } from '../schema/shipped-schema.js'
import { byteCount, familyNumber, messageFilter, seconds, word } from './arguments.js'
import { decodeFile } from './decode-command.js'
import type { Ending } from './ending.js'
import type { Output } from './output.js'
import { recordFile } from './record-command.js'
import { writeSchema } from './schema-command.js'
import { makePage, openPage } from './view-command.js'

const FILTER_HELP = `
Filter: names, comparisons (== != < <= > >= =~ contains matches in), && || ! and parentheses.
  family == rt-link && ifname == eth0        error < 0
  linkinfo.kind == vxlan || mtu > 9000       operation =~ "^new" && !address
  dst in 10.0.0.0/8 || mtu in {1500, 9000}   status == malformed
Facts: frame message time interface family operation protocol type flags length seq pid error status`

export function addCaptureCommands(cli: Command, output: Output, ending: Ending): void {
  const print = (line: string) => output.print(line)
  cli
    .command('decode')
    .description('print the messages of a netlink capture: pcap, pcapng, or - for standard input')
    .argument('<file>', 'a capture, or - for standard input')
    .addOption(new Option('--json', 'one object for each message').conflicts(['tree', 'nodes']))
    .addOption(new Option('--tree', 'a tree for each frame').conflicts('nodes'))
    .option('--nodes', 'one object for each node, with its bytes, path, status and value')
    .option('--filter <expression>', 'print only messages that match')
    .option(
      '--absolute-time',
      'dates and times in lines, seconds since 1970 in the filter (default: seconds since the first frame)',
    )
    .option('--c-names', 'names in C (IFLA_MTU) instead of those of the specs (mtu)')
    .addOption(
      new Option(
        '--byte-order <order>',
        'byte order of the captured machine, if it cannot be detected',
      ).choices(['little', 'big']),
    )
    .option(
      '--family <name=number>',
      'number of a generic netlink family that the capture does not have',
      familyNumber,
    )
    .addHelpText('after', FILTER_HELP)
    .action((path: string, flags: DecodeFlags) => decode(path, flags, output, ending))
  cli
    .command('record')
    .description('write the notifications of the kernel into a pcapng file, until interrupted')
    .argument('<file>', 'the file to write; - is standard output')
    .option(
      '-g, --groups <group...>',
      'multicast groups: link, ipv4-route, nfnetlink/conntrack-new, ethtool/monitor, ' +
        'PROTOCOL/NUMBER, …, with commas or spaces between them (default: all of rtnetlink)',
      word,
    )
    .option('--dump', 'start with a dump of what exists already')
    .option('--buffer <bytes>', 'receive buffer to ask for (default: 4 MiB)', byteCount)
    .option('-t, --timeout <seconds>', 'exit with 0 after that time', seconds)
    .action((file: string, options: RecordOptions) => record(file, options, output, ending))
  cli
    .command('schema')
    .description('list the families that decode knows, or write some of them into a schema file')
    .argument('[family...]', 'names of families')
    .option('--output <file>', 'the file to write: a schema for a Dissector')
    .action(async (names: string[], { output: file }: { output?: string }) =>
      writeSchema(await everyFamily(), names, file, print),
    )
  cli
    .command('view')
    .description('make a page that shows a capture, print its path, and open it on a desktop')
    .argument(
      '[file]',
      'a capture, put into the page, or - for standard input; without one, the page asks for it',
    )
    .option('-o, --output <path>', 'the page to write (default: a temporary file)')
    .option('--no-open', 'only print the path')
    .action((file: string | undefined, flags: ViewFlags) => view(file, flags, print))
}

interface DecodeFlags {
  json?: boolean
  tree?: boolean
  nodes?: boolean
  filter?: string
  cNames?: boolean
  absoluteTime?: boolean
  byteOrder?: ByteOrder
  family?: Record<string, number>
}

async function decode(
  path: string,
  flags: DecodeFlags,
  output: Output,
  ending: Ending,
): Promise<void> {
  const signal = ending.catchSignals()
  const form = (['json', 'tree', 'nodes'] as const).find((one) => flags[one]) ?? 'lines'
  const schema = await everyFamily()
  const foreign = await decodeFile(path, {
    form,
    filter: flags.filter === undefined ? undefined : messageFilter(flags.filter, schema),
    cNames: flags.cNames ?? false,
    isAbsolute: flags.absoluteTime ?? false,
    byteOrder: flags.byteOrder,
    families: flags.family ?? {},
    schema,
    signal,
    print: (text) => output.print(text),
    write: (text) => output.write(Buffer.from(text)),
    progress: process.stderr.isTTY && !process.stdout.isTTY ? process.stderr : undefined,
  })
  if (foreign > 0)
    console.error(
      `netlink-wasm: skipped ${foreign} ${foreign === 1 ? 'frame that is' : 'frames that are'} not netlink`,
    )
}

/** Loaded only by the commands that need it, so that the others start sooner. */
async function everyFamily(): Promise<Schema> {
  return (await import('../schema/all.js')).default
}

interface RecordOptions {
  groups?: string[]
  dump?: boolean
  buffer?: number
  timeout?: number
}

async function record(
  file: string,
  { groups, dump = false, buffer: receiveBufferBytes, timeout }: RecordOptions,
  output: Output,
  ending: Ending,
): Promise<void> {
  ending.catchSignals()
  const flags = { groups, dump, receiveBufferBytes }
  await ending.within(timeout, () => recordFile(file, flags, output, ending))
}

interface ViewFlags {
  output?: string
  open: boolean
}

async function view(
  file: string | undefined,
  { output, open }: ViewFlags,
  print: (line: string) => Promise<void>,
): Promise<void> {
  const viewer = join(dirname(realpathSync(process.argv[1] as string)), 'viewer.html')
  const page = await makePage(file, { viewer, output })
  await print(page)
  if (open && process.stdout.isTTY) openPage(page)
}
