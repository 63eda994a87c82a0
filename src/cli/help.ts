// The text of `--help`: usage, and two columns that fit the terminal.
// In: a command, and its path of names. Out: lines. Knows nothing of what a command does.

import type { Command, Option } from './command.js'

export const VERSION: Option = { flags: '-V, --version', about: 'output the version number' }
export const HELP: Option = { flags: '-h, --help', about: 'display help for command' }

const GAP = 2

type Row = [term: string, about: string]

export function helpOf(command: Command, path: readonly string[]): string {
  const { about, arguments: wanted = [], options = [], commands, version, after } = command
  const usage = commands ? ['[command]'] : wanted.map((one) => one.usage)
  const page = [
    `Usage: ${[...path, '[options]', ...usage].join(' ')}`,
    '',
    ...wrap(about, columns()),
  ]
  const sections: Record<string, Row[]> = {
    Arguments: wanted.map((one): Row => [one.usage.replace(/[<>[\].]/g, ''), one.about]),
    Options: [...(version ? [VERSION] : []), ...options, HELP].map(optionRow),
    Commands: commands
      ? [...commands.map((one): Row => [usageOf(one), one.about]), ['help [command]', HELP.about]]
      : [],
  }
  const terms = Object.values(sections).flatMap((rows) => rows.map(([term]) => term.length))
  const width = Math.max(...terms) + GAP
  for (const [title, rows] of Object.entries(sections)) {
    if (rows.length > 0) page.push('', `${title}:`, ...rows.flatMap((row) => lines(row, width)))
  }
  return [...page, ...(after ? ['', after] : []), ''].join('\n')
}

function optionRow({ flags, about, choices }: Option): Row {
  const some = choices?.map((one) => `"${one}"`).join(', ')
  return [flags, some === undefined ? about : `${about} (choices: ${some})`]
}

function usageOf({ name, arguments: wanted = [], commands }: Command): string {
  return [name, ...(commands ? [] : ['[options]']), ...wanted.map((one) => one.usage)].join(' ')
}

function lines([term, about]: Row, width: number): string[] {
  return wrap(about, columns() - width - GAP).map(
    (line, n) => `  ${(n === 0 ? term : '').padEnd(width)}${line}`,
  )
}

const columns = (): number => process.stdout.columns || 80

function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= Math.max(width, 40)) {
      lines[lines.length - 1] = `${last} ${word}`
    } else lines.push(word)
  }
  return lines
}
