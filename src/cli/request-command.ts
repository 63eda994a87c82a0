// `netlink-wasm request`: one request, and its answers.
// In: a family, an operation, and attributes as JSON, from the command line or a pipe. Out: the answers, a line or a
// tree each; an error with the place in the JSON underlined.

import { fstatSync } from 'node:fs'
import { InvalidArgumentError } from 'commander'
import type { WaitOptions } from '../base/deadline.js'
import type { NetlinkError } from '../base/errors.js'
import { safeJson } from '../base/text.js'
import { openNetlink, type RequestAttributes, type RequestFlag } from '../request/netlink.js'
import { jsonPlaces, underlined } from './json-places.js'
import { TREES } from './message-tree.js'

export interface RequestCommandOptions extends WaitOptions {
  isDump: boolean
  flags: readonly RequestFlag[]
  isTree: boolean
  print: (text: string) => Promise<void>
}

/** @throws InvalidArgumentError for what cannot be asked; NetlinkError when it is refused */
export async function request(
  family: string,
  operation: string,
  given: string | undefined,
  { isDump, flags, isTree, print, ...limits }: RequestCommandOptions,
): Promise<void> {
  const text = given ?? (await pipedText())
  const attributes = parsed(text)
  try {
    await using netlink = await openNetlink(family, { ...limits, ...(isTree && TREES) })
    const show = (answer: object) => print(isTree ? `${answer}` : safeJson(answer))
    if (isDump) {
      for await (const entry of netlink.dump(operation, attributes, limits)) await show(entry)
    } else {
      const answer = await netlink.do(operation, attributes, { flags, ...limits })
      if (answer) await show(answer)
    }
  } catch (error) {
    throw pointedOut(error as Error, text)
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

/** The same error, with what it is about underlined; a InvalidArgumentError where the arguments are at fault. */
function pointedOut(error: Error, text: string): Error {
  const isUsage = error instanceof TypeError || error instanceof RangeError
  const isRefusal = (error as NetlinkError).code === 'ERR_NETLINK_KERNEL'
  if (!isUsage && !isRefusal) return error
  const place = placeOf(error as NetlinkError, text)
  if (place) error.message += `\n${underlined(text, place)}`
  return isUsage ? new InvalidArgumentError(error.message) : error
}

/** What is wrong is named first in the sentence of a value, and last in that of a name. */
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

/** How long a socket for standard input, as Node.js gives its children, may have nothing to say. */
const SOCKET_MS = 100

/** What a pipe or a file brings on standard input. */
async function pipedText(): Promise<string> {
  const stat = fstatSync(0)
  if (!stat.isFIFO() && !stat.isFile() && !(stat.isSocket() && (await hasInput()))) return ''
  let text = ''
  process.stdin.setEncoding('utf8')
  for await (const chunk of process.stdin) text += chunk
  return text
}

/** A socket that nobody writes to may stay open for as long as this process runs. */
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
