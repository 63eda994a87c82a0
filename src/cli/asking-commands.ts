// The commands that ask: request, subscribe, families, operations.
// In: what the program shares with them. Out: each command with its options.

import { seconds } from './arguments.js'
import type { Command, Option } from './command.js'
import { type Ending, EXIT_TIMED_OUT } from './ending.js'
import { listFamilies, listOperations } from './families-command.js'
import type { Output } from './output.js'
import { request } from './request-command.js'
import { subscribeTo } from './subscribe-command.js'

const FAMILY = { usage: '<family>', about: 'rt-link, nftables, ethtool, …: see `families`' }
const JSON_LINES: Option = { flags: '--json', about: 'one JSON object a line, as without it' }
const TREE: Option = { flags: '--tree', about: 'trees, a line a node', conflicts: ['json'] }
const TIMEOUT: Option = {
  flags: '-t, --timeout <seconds>',
  about: 'end, with 124, after that time',
  parse: seconds,
}

const REQUEST_HELP = `Examples:
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

export function askingCommands(output: Output, ending: Ending): Command[] {
  const print = (line: string) => output.print(line)
  return [
    {
      name: 'request',
      about: 'ask the kernel, or change something, and print its answers as JSON',
      arguments: [
        FAMILY,
        { usage: '<operation>', about: 'getlink, newroute, …: see `operations`' },
        { usage: '[json]', about: 'header members and attributes by name; else from a pipe' },
      ],
      options: [
        { flags: '--dump', about: 'all there is, not one' },
        { flags: '--create', about: 'create it where it does not exist' },
        { flags: '--excl', about: 'fail where it exists' },
        { flags: '--replace', about: 'replace what exists' },
        { flags: '--append', about: 'add it behind what exists' },
        JSON_LINES,
        TREE,
        { ...TIMEOUT, about: 'give up, with 124, after that time' },
      ],
      after: REQUEST_HELP,
      run(family: string, operation: string, json: string | undefined, given: RequestFlags) {
        const { dump: isDump = false, tree: isTree = false, timeout } = given
        const flags = (['create', 'excl', 'replace', 'append'] as const).filter((one) => given[one])
        const signal = ending.catchSignals()
        return request(family, operation, json, { isDump, isTree, flags, signal, timeout, print })
      },
    },
    {
      name: 'subscribe',
      about: 'print what the kernel says of its own accord, until interrupted',
      arguments: [FAMILY, { usage: '[group...]', about: 'groups (default: all of the family)' }],
      options: [JSON_LINES, TREE, TIMEOUT],
      async run(family: string, groups: string[], given: { tree?: boolean; timeout?: number }) {
        const { tree: isTree = false, timeout } = given
        const signal = ending.catchSignals()
        try {
          const options = { isTree, signal, print }
          await ending.within(timeout, () => subscribeTo(family, groups, options))
        } catch (error) {
          if (!ending.caused(error)) throw error
        }
        return signal.reason === EXIT_TIMED_OUT ? EXIT_TIMED_OUT : 0
      },
    },
    {
      name: 'families',
      about: 'list the families that can be asked here, with their groups',
      options: [{ flags: '--json', about: 'one JSON object a line' }],
      run: ({ json = false }: { json?: boolean }) =>
        listFamilies({ json, print, signal: ending.catchSignals() }),
    },
    {
      name: 'operations',
      about: 'list what can be asked of a family, and what each takes and gives',
      arguments: [FAMILY],
      options: [{ flags: '--json', about: 'one JSON object a line' }],
      run: (family: string, { json = false }: { json?: boolean }) =>
        listOperations(family, { json, print }),
    },
  ]
}
