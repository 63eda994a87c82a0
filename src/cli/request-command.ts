// `netlink-wasm request`: one request, and its answers.
// In: a family, an operation, and attributes as JSON, from the command line or a pipe. Out: the answers, a line or a
// tree each; an error with the place in the JSON underlined.

import { fstatSync } from 'node:fs'
import { InvalidArgumentError } from 'commander'
import type { WaitOptions } from '../base/deadline.js'
import type { NetlinkError } from '../base/errors.js'
import { safeJson } from '../base/text.js'
import type { RequestAttributes } from '../request/family-types.js'
import { openNetlink, type RequestFlag } from '../request/netlink.js'
import { jsonPlaces, underlined } from './json-places.js'
import { TREES } from './message-tree.js'
import { tellOnSignal } from './statistics.js'

export interface RequestCommandOptions extends WaitOptions {
  isDump: boolean
  flags: readonly RequestFlag[]
  isTree: boolean
  print: (text: string) => Promise<void>
}

/** @throws InvalidArgumentError for a request that cannot be sent; NetlinkError if it is refused */
export async function request(
  family: string,
  operation: string,
  given: string | undefined,
  { isDump, flags, isTree, print, ...limits }: RequestCommandOptions,
): Promise<void> {
  let answers = 0
  const stopTelling = tellOnSignal(() => safeJson({ answers }))
  const text = given ?? (await pipedText())
  const attributes = parsed(text)
  try {
    await using netlink = await openNetlink(family, { ...limits, ...(isTree && TREES) })
    const show = (answer: object) => {
      answers++
      return print(isTree ? `${answer}` : safeJson(answer))
    }
    if (isDump) {
      for await (const entry of netlink.dump(operation, attributes, limits)) await show(entry)
    } else {
      const answer = await netlink.do(operation, attributes, { flags, ...limits })
      if (answer) await show(answer)
    }
  } catch (error) {
    throw pointedOut(error as Error, text)
  } finally {
    stopTelling()
  }
}

function parsed(text: string): RequestAttributes {
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text)
  } catch (error) {
    const { message } = error as Error
    const [, at] = /position (\d+)/.exec(message) ?? []
    const start = Math.min(at === undefined ? text.trimEnd().length : Number(at), text.length)
    const place = underlined(text, { start, end: start + 1 })
    throw new InvalidArgumentError(
      `expected attributes as JSON, got something else: ${message}\n${place}`,
    )
  }
}

/** The same error, with the wrong part of the JSON underlined. Wrong arguments become an InvalidArgumentError. */
function pointedOut(error: Error, text: string): Error {
  const isUsage = error instanceof TypeError || error instanceof RangeError
  const isRefusal = (error as NetlinkError).code === 'ERR_NETLINK_KERNEL'
  if (!isUsage && !isRefusal) return error
  const place = placeOf(error as NetlinkError, text)
  if (place) error.message += `\n${underlined(text, place)}`
  return isUsage ? new InvalidArgumentError(error.message) : error
}

/** An error about a value names its path after "expected"; an error about a name has the name after "got". */
function placeOf({ path, message }: NetlinkError, text: string) {
  if (text.trim() === '') return undefined
  const places = jsonPlaces(text)
  const [, value] = /^expected (\S+?),? /.exec(message) ?? []
  const [, name] = /got "([^"]+)"/.exec(message) ?? []
  for (const candidate of [path, value, name]) {
    if (!candidate) continue
    // An attribute may be given by its name alone where a header has a member of that name.
    const place = places.get(candidate) ?? places.get(candidate.replace(/#\d+$/, ''))
    if (place) return place
  }
  return undefined
}

/** How long to wait for input on a socket, in milliseconds. Node.js gives its child processes sockets for pipes. */
const SOCKET_MS = 100

/** The text on standard input, if that is a pipe or a file; otherwise ''. */
async function pipedText(): Promise<string> {
  const stat = fstatSync(0)
  if (!stat.isFIFO() && !stat.isFile() && !(stat.isSocket() && (await hasInput()))) return ''
  let text = ''
  process.stdin.setEncoding('utf8')
  for await (const chunk of process.stdin) text += chunk
  return text
}

/** Whether a socket has input. Nobody may write to it, and it may stay open as long as this process runs. */
async function hasInput(): Promise<boolean> {
  const { stdin } = process
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      stdin.off('readable', onReadable)
      stdin.unref()
      resolve(false)
    }, SOCKET_MS)
    const onReadable = () => {
      clearTimeout(timer)
      resolve(true)
    }
    stdin.once('readable', onReadable)
  })
}
