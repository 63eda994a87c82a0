// The command line: what words become, what is complained of, and what help says.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Command, Help, readCommand } from '../../src/cli/command.ts'
import { nearest } from '../../src/cli/nearest.ts'
import { UsageError } from '../../src/cli/usage.ts'

const test = suite('command line')

const number = (word: string) => {
  if (Number.isNaN(Number(word))) throw new Error('expected a number')
  return Number(word)
}

/** What `run` was called with. */
let called: unknown[] = []

const PROGRAM: Command = {
  name: 'tool',
  about: 'does things',
  version: '1.2.3',
  commands: [
    {
      name: 'read',
      about: 'reads a file',
      arguments: [
        { usage: '<file>', about: 'which' },
        { usage: '[part...]', about: 'parts of it', parse: number },
      ],
      options: [
        { flags: '-t, --time <seconds>', about: 'how long', parse: number },
        { flags: '--skip <name...>', about: 'what to pass over' },
        { flags: '--deep-look', about: 'looks everywhere', conflicts: ['brief'] },
        { flags: '--brief', about: 'says less' },
        { flags: '--order <order>', about: 'of bytes', choices: ['little', 'big'] },
        { flags: '--no-open', about: 'opens nothing' },
        {
          flags: '--set <name=value>',
          about: 'sets one',
          parse: (word, before: Record<string, string> = {}) => ({
            ...before,
            [word.split('=')[0] as string]: word.split('=')[1] as string,
          }),
        },
      ],
      after: 'Reads well.',
      run: (...values) => {
        called = values
      },
    },
    {
      name: 'group',
      about: 'has one below',
      commands: [{ name: 'one', about: 'is below', run: (options) => [options] }],
    },
  ],
}

function read(...words: string[]): unknown[] {
  readCommand(PROGRAM, words)()
  return called
}

/** The first line of what is complained of. */
function complaint(...words: string[]): string {
  try {
    readCommand(PROGRAM, words)
  } catch (error) {
    assert.instance(error, UsageError)
    return (error as Error).message.split('\n(netlink-wasm')[0] as string
  }
  throw new Error(`expected a complaint of ${words.join(' ')}`)
}

function help(...words: string[]): Help {
  try {
    readCommand(PROGRAM, words)
  } catch (error) {
    assert.instance(error, Help)
    return error as Help
  }
  throw new Error(`expected help from ${words.join(' ')}`)
}

test('arguments and options become values', () => {
  assert.equal(read('read', 'a'), ['a', [], { open: true }])
  assert.equal(read('read', '-'), ['-', [], { open: true }])
  assert.equal(read('read', 'a', '1', '2', '--no-open', '--deep-look'), [
    'a',
    [1, 2],
    { open: false, deepLook: true },
  ])
  for (const time of [['-t', '5'], ['-t5'], ['--time', '5'], ['--time=5']]) {
    assert.equal(read('read', ...time, 'a'), ['a', [], { open: true, time: 5 }], time.join(' '))
  }
  assert.equal(read('read', 'a', '-t', '-1'), ['a', [], { open: true, time: -1 }])
})

test('a list goes on to the next option, or to --', () => {
  const expected = ['a', [7], { open: true, skip: ['x', 'y'], brief: true }]
  assert.equal(read('read', 'a', '7', '--skip', 'x', 'y', '--brief'), expected)
  assert.equal(read('read', '--brief', '--skip', 'x', 'y', '--', 'a', '7'), expected)
  assert.equal(read('read', '--skip', 'x', '--brief', '--skip=y', '--brief', 'a', '7'), expected)
  assert.equal(read('read', '--', '--brief'), ['--brief', [], { open: true }])
})

test('an option that comes again adds to what it was, where it says so', () => {
  const { set } = read('read', 'a', '--set', 'b=1', '--set', 'c=2')[2] as { set: object }
  assert.equal(set, { b: '1', c: '2' })
  assert.equal((read('read', 'a', '-t1', '-t2')[2] as { time: number }).time, 2)
})

test('complaints name what was given, and what would have been right', () => {
  assert.is(complaint('raed'), "unknown command 'raed'\n(Did you mean read?)")
  assert.is(complaint('zzz'), "unknown command 'zzz'")
  assert.is(complaint('--nope'), "unknown option '--nope'")
  assert.is(complaint('read', '--breif'), "unknown option '--breif'\n(Did you mean --brief?)")
  assert.is(complaint('read', '-x', 'a'), "unknown option '-x'")
  assert.is(complaint('read'), "missing required argument 'file'")
  assert.is(
    complaint('group', 'one', 'a'),
    "too many arguments for 'one'. Expected 0 arguments but got 1.",
  )
  assert.is(complaint('read', 'a', '--time'), "option '-t, --time <seconds>' argument missing")
  assert.is(complaint('read', 'a', '--brief=1'), "option '--brief' takes no argument, got '1'")
  assert.is(
    complaint('read', 'a', '--time', 'soon'),
    "option '-t, --time <seconds>' argument 'soon' is invalid. expected a number",
  )
  assert.is(
    complaint('read', 'a', 'b'),
    "command-argument value 'b' is invalid for argument 'part'. expected a number",
  )
  assert.is(
    complaint('read', 'a', '--order', 'middle'),
    "option '--order <order>' argument 'middle' is invalid. Allowed choices are little, big.",
  )
  assert.is(
    complaint('read', 'a', '--brief', '--deep-look'),
    "option '--deep-look' cannot be used with option '--brief'",
  )
  for (const name of ['__proto__', 'constructor', 'toString']) {
    assert.is(complaint('read', 'a', `--${name}`), `unknown option '--${name}'`)
    assert.is(complaint(name), `unknown command '${name}'`)
  }
})

test('help, where it is asked for and where a command is missing', () => {
  for (const words of [['--help'], ['-h'], ['help']]) assert.ok(help(...words).wasAsked)
  assert.not(help().wasAsked)
  assert.not(help('group').wasAsked)
  assert.is(help('--version').text, '1.2.3\n')
  assert.is(help('-V').text, '1.2.3\n')
  assert.is(help('help', 'group', 'one').text, help('group', 'one', '--help').text)
  assert.is(help('read', 'a', '--help').text, help('help', 'read').text)
  assert.is(
    help('read', '--help').text,
    `Usage: tool read [options] <file> [part...]

reads a file

Arguments:
  file                  which
  part                  parts of it

Options:
  -t, --time <seconds>  how long
  --skip <name...>      what to pass over
  --deep-look           looks everywhere
  --brief               says less
  --order <order>       of bytes (choices: "little", "big")
  --no-open             opens nothing
  --set <name=value>    sets one
  -h, --help            display help for command

Reads well.
`,
  )
  const lines = help('--help').text.split('\n')
  assert.ok(lines.includes('Usage: tool [options] [command]'))
  assert.ok(lines.includes('  read [options] <file> [part...]  reads a file'))
  assert.ok(lines.includes('  group                            has one below'))
})

test('the nearest word counts swapped letters as one step', () => {
  assert.is(nearest('deocde', ['record', 'decode']), 'decode')
  assert.is(nearest('', ['a', 'bcd']), 'a')
  assert.is(nearest('links', []), undefined)
})

test.run()
