// Commands, declared as data: what a command line says is read, and complained of, here.
// In: a command with those below it; arguments. Out: its action, called with values; or help; or a UsageError that
// says what was expected. util.parseArgs splits the arguments; nothing here knows what a command does.

import { parseArgs } from 'node:util'
import { nearest } from '../base/nearest.js'
import { HELP, helpOf, VERSION } from './help.js'
import { UsageError } from './usage.js'

export interface Argument {
  /** `<link>`, `[link]`, `<state...>` or `[family...]`. */
  usage: string
  about: string
  /** One word as a value. @throws Error that says what was expected */
  parse?: (word: string) => unknown
}

export interface Option {
  /** `--json`, `-t, --timeout <seconds>`, `--ignore <link...>`, `--no-open`. */
  flags: string
  about: string
  /** One word as a value; where an option may come again, `before` is what its earlier ones made. */
  parse?: (word: string, before?: never) => unknown
  choices?: readonly string[]
  /** Names of options that it cannot be used with. */
  conflicts?: readonly string[]
}

export interface Command {
  name: string
  about: string
  arguments?: Argument[]
  options?: Option[]
  commands?: Command[]
  /** What --version prints. */
  version?: string
  /** Stands at the end of its help. */
  after?: string
  /** Called with a value for each of `arguments`, a list for one with dots, and the options by name (`cNames`). */
  // biome-ignore lint/suspicious/noExplicitAny: each action names the types that its own options parse to.
  run?: (...values: any[]) => unknown
}

/** Help that was asked for, or that stands for what is missing. */
export class Help {
  readonly text: string
  readonly wasAsked: boolean

  constructor(text: string, wasAsked: boolean) {
    this.text = text
    this.wasAsked = wasAsked
  }
}

/**
 * Reads a command line and returns what it asks for, to be called.
 *
 * @throws UsageError; Help
 */
export function readCommand(top: Command, words: readonly string[]): () => unknown {
  const path = [top.name]
  let command = top
  let rest = [...words]
  while (command.commands) {
    const [word, ...others] = rest
    const isHelp = word === '-h' || word === '--help'
    if (word === undefined || isHelp || (word === 'help' && others.length === 0)) {
      throw new Help(helpOf(command, path), word !== undefined)
    }
    if (command.version && (word === '-V' || word === '--version')) {
      throw new Help(`${command.version}\n`, true)
    }
    if (word.startsWith('-')) throw unknown('option', word, optionNames(command))
    if (word === 'help') {
      rest = [...others, '--help']
      continue
    }
    const found = command.commands.find(({ name }) => name === word)
    if (!found)
      throw unknown('command', word, [...command.commands.map(({ name }) => name), 'help'])
    command = found
    path.push(word)
    rest = others
  }
  const { options, given } = readOptions(command, rest, path)
  const values = readArguments(command, given)
  return () => command.run?.(...values, options)
}

interface Spec {
  option: Option
  /** Without dashes: `no-open`. */
  name: string
  short: string | undefined
  takesValue: boolean
  isVariadic: boolean
}

function specOf(option: Option): Spec {
  const [, short, name = ''] = /^(?:-(\w), )?--([\w-]+)/.exec(option.flags) ?? []
  const takesValue = option.flags.includes('<')
  return { option, name, short, takesValue, isVariadic: option.flags.endsWith('...>') }
}

function readOptions(
  command: Command,
  words: string[],
  path: string[],
): { options: Record<string, unknown>; given: string[] } {
  const specs = [...(command.options ?? []), HELP].map(specOf)
  const known = Object.fromEntries(
    specs.map(({ name, short, takesValue }) => [
      name,
      { type: takesValue ? ('string' as const) : ('boolean' as const), ...(short && { short }) },
    ]),
  )
  const { tokens } = parseArgs({ args: words, options: known, strict: false, tokens: true })
  const options: Record<string, unknown> = {}
  for (const { name } of specs) if (name.startsWith('no-')) options[keyOf(name)] = true
  const given: string[] = []
  let variadic: Spec | undefined
  for (const token of tokens) {
    if (token.kind === 'option-terminator') variadic = undefined
    else if (token.kind === 'positional') {
      if (variadic) take(options, variadic, token.value)
      else given.push(token.value)
    } else {
      const spec = specs.find(({ name }) => name === token.name)
      if (!spec) throw unknown('option', token.rawName, optionNames(command))
      if (spec.option === HELP) throw new Help(helpOf(command, path), true)
      if (spec.takesValue !== (token.value !== undefined)) {
        const problem = spec.takesValue
          ? 'argument missing'
          : `takes no argument, got '${token.value}'`
        throw complaint(`option '${spec.option.flags}' ${problem}`)
      }
      take(options, spec, token.value)
      variadic = spec.isVariadic ? spec : undefined
    }
  }
  for (const { name, option } of specs) {
    const other = option.conflicts?.find((one) => options[keyOf(one)] !== undefined)
    if (other === undefined || options[keyOf(name)] === undefined) continue
    throw complaint(`option '--${name}' cannot be used with option '--${other}'`)
  }
  return { options, given }
}

function take(options: Record<string, unknown>, spec: Spec, word: string | undefined): void {
  const { name, option, isVariadic } = spec
  const key = keyOf(name)
  if (word === undefined) {
    options[key] = !name.startsWith('no-')
    return
  }
  const what = `option '${option.flags}' argument '${word}' is invalid.`
  if (option.choices && !option.choices.includes(word)) {
    throw complaint(`${what} Allowed choices are ${option.choices.join(', ')}.`)
  }
  const before = options[key]
  const value = attempt(() => option.parse?.(word, before as never) ?? word, what)
  options[key] = isVariadic ? [...((before as unknown[]) ?? []), value] : value
}

function readArguments({ name, arguments: wanted = [] }: Command, given: string[]): unknown[] {
  const words = [...given]
  const values = wanted.map(({ usage, parse = (word) => word }) => {
    const own =
      usage.endsWith('...>') || usage.endsWith('...]') ? words.splice(0) : words.splice(0, 1)
    const bare = usage.replace(/[<>[\].]/g, '')
    if (own.length === 0 && usage.startsWith('<')) {
      throw complaint(`missing required argument '${bare}'`)
    }
    const parsed = own.map((word) =>
      attempt(
        () => parse(word),
        `command-argument value '${word}' is invalid for argument '${bare}'.`,
      ),
    )
    return usage.includes('...') ? parsed : parsed[0]
  })
  if (words.length > 0) {
    const most = given.length - words.length
    throw complaint(
      `too many arguments for '${name}'. Expected ${most} ${most === 1 ? 'argument' : 'arguments'} but got ${given.length}.`,
    )
  }
  return values
}

function attempt(parse: () => unknown, what: string): unknown {
  try {
    return parse()
  } catch (error) {
    throw complaint(`${what} ${(error as Error).message}`)
  }
}

/** `--c-names` → cNames, `--no-open` → open. */
function keyOf(name: string): string {
  return name.replace(/^no-/, '').replace(/-(\w)/g, (_, letter) => letter.toUpperCase())
}

function optionNames({ options = [], version }: Command): string[] {
  return [...options, HELP, ...(version ? [VERSION] : [])].map(
    (option) => `--${specOf(option).name}`,
  )
}

function unknown(kind: string, word: string, names: string[]): UsageError {
  const best = nearest(word, names)
  const hint = best === undefined ? '' : `\n(Did you mean ${best}?)`
  return complaint(`unknown ${kind} '${word}'${hint}`)
}

function complaint(problem: string): UsageError {
  return new UsageError(`${problem}\n(netlink-wasm --help tells more)`)
}
