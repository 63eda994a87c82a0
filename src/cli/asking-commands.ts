// The commands that ask the kernel: request, subscribe, families, operations.
// In: the program to add them to, and its output and ending. Out: each command with its options.

import { type Command, Option } from 'commander'
import { seconds } from './arguments.js'
import type { Ending } from './ending.js'
import { listFamilies, listOperations } from './families-command.js'
import type { Output } from './output.js'
import { request } from './request-command.js'
import { subscribeTo } from './subscribe-command.js'

const FAMILY = 'rt-link, nftables, ethtool, …: see `families`'
const JSON_LINES = 'print JSON, one object a line'

const REQUEST_HELP = `
Examples:
  netlink-wasm request rt-route getroute '{"rtm-family":"inet","dst":"192.0.2.1","rtm-dst-len":32}'
  netlink-wasm request rt-link getlink --dump
  netlink-wasm request rt-link newlink --create --excl '{"ifname":"br0","linkinfo":{"kind":"bridge"}}'`

interface RequestFlags {
  dump?: boolean
  create?: boolean
  excl?: boolean
  replace?: boolean
  append?: boolean
  tree?: boolean
  timeout?: number
}

const tree = () => new Option('--tree', 'print a tree for each message').conflicts('json')

export function addAskingCommands(cli: Command, output: Output, ending: Ending): void {
  const print = (line: string) => output.print(line)
  cli
    .command('request')
    .description('ask the kernel for something, or change something; print the answers as JSON')
    .argument('<family>', FAMILY)
    .argument('<operation>', 'getlink, newroute, …: see `operations`')
    .argument('[json]', 'header members and attributes by name (default: from a pipe)')
    .option('--dump', 'ask for the whole table')
    .option('--create', 'create it if it does not exist')
    .option('--excl', 'fail if it exists')
    .option('--replace', 'replace what exists')
    .option('--append', 'add it after what exists')
    .option('--json', `${JSON_LINES} (default)`)
    .addOption(tree())
    .option('-t, --timeout <seconds>', 'give up and exit with 124 after that time', seconds)
    .addHelpText('after', REQUEST_HELP)
    .action((family: string, operation: string, json: string | undefined, given: RequestFlags) => {
      const { dump: isDump = false, tree: isTree = false, timeout } = given
      const flags = (['create', 'excl', 'replace', 'append'] as const).filter((one) => given[one])
      const signal = ending.catchSignals()
      return request(family, operation, json, { isDump, isTree, flags, signal, timeout, print })
    })
  cli
    .command('subscribe')
    .description('print the notifications of a family, until interrupted')
    .argument('<family>', FAMILY)
    .argument('[group...]', 'multicast groups (default: all of the family)')
    .option('--json', `${JSON_LINES} (default)`)
    .addOption(tree())
    .option('-t, --timeout <seconds>', 'exit with 124 after that time', seconds)
    .action((family: string, groups: string[], given: Pick<RequestFlags, 'tree' | 'timeout'>) => {
      const options = { isTree: given.tree ?? false, signal: ending.catchSignals(), print }
      return ending.untilInterrupted(given.timeout, () => subscribeTo(family, groups, options))
    })
  cli
    .command('families')
    .description('list the families that this kernel has, with their multicast groups')
    .option('--json', JSON_LINES)
    .action(({ json = false }: { json?: boolean }) =>
      listFamilies({ json, print, signal: ending.catchSignals() }),
    )
  cli
    .command('operations')
    .description('list the operations of a family, and the attributes of requests and answers')
    .argument('<family>', FAMILY)
    .option('--json', JSON_LINES)
    .action((family: string, { json = false }: { json?: boolean }) =>
      listOperations(family, { json, print }),
    )
}
