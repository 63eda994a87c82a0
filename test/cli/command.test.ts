// The command line: what words become, what is complained of, what help says, and the exit codes of all that.

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import schema from 'netlink-wasm/schema/link'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  byteCount,
  familyNumber,
  linkRef,
  messageFilter,
  operState,
  seconds,
} from '../../src/cli/arguments.ts'

const test = suite('command line')

const cli = fileURLToPath(new URL('../../build/cli.js', import.meta.url))
const capture = fileURLToPath(new URL('../captures/link.pcap', import.meta.url))

function run(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

/** What is complained of, without what every complaint starts and ends with. */
function complaint(...args: string[]): string {
  const { status, stdout, stderr } = run(...args)
  assert.equal([status, stdout], [2, ''], args.join(' '))
  const [, text] = /^netlink-wasm: ([\s\S]+)\n\(see netlink-wasm --help\)\n$/.exec(stderr) ?? []
  assert.ok(text, `a complaint of ${args.join(' ')}, not ${stderr}`)
  return text as string
}

test('arguments become values, or are refused with what was expected', () => {
  assert.is(seconds('1.5'), 1500)
  assert.is(byteCount('4096'), 4096)
  assert.is(linkRef('eth0'), 'eth0')
  assert.equal(operState('down', operState('UP')), ['UP', 'DOWN'])
  assert.equal(familyNumber('b=17', familyNumber('a=16')), { a: 16, b: 17 })
  for (const word of ['', ' ', '-1', 'soon', 'NaN']) {
    assert.throws(() => seconds(word), 'expected a number of seconds, 0 or more')
  }
  for (const word of ['', '0', '1.5', '-1', '99999999999']) {
    assert.throws(() => byteCount(word), 'expected a number of bytes, 1 or more')
  }
  for (const word of ['', 'a', 'a=', '=16', 'a=15', 'a=65536']) {
    assert.throws(() => familyNumber(word), 'expected NAME=NUMBER, the number from 16 to')
  }
  assert.throws(() => linkRef(''), 'interface name cannot be empty')
  assert.throws(() => operState('nope'), 'nope')
  assert.throws(() => messageFilter('mtu >', schema), 'character')
})

test('an option that comes again adds to what it was', () => {
  const families = ['--family', 'a=17', '--family=b=18']
  assert.is(run('decode', capture, ...families).status, 0)
  assert.match(
    complaint('decode', capture, ...families, '--family', 'c'),
    /argument 'c' is invalid/,
  )
})

test('complaints name what was given, and what would have been right', () => {
  assert.is(complaint('deocde'), "unknown command 'deocde'\n(Did you mean decode?)")
  assert.is(complaint('zzzzzz'), "unknown command 'zzzzzz'")
  assert.is(complaint('wait', 'oprstate'), "unknown command 'oprstate'\n(Did you mean operstate?)")
  assert.is(complaint('--nope'), "unknown option '--nope'")
  assert.is(complaint('links', '--jsn'), "unknown option '--jsn'\n(Did you mean --json?)")
  assert.is(complaint('decode', 'a', '--__proto__'), "unknown option '--__proto__'")
  assert.is(complaint('decode'), "missing required argument 'file'")
  assert.match(complaint('links', 'a'), /^too many arguments for 'links'\. Expected 0 arguments/)
  assert.is(
    complaint('wait', 'media', 'lo', '-t'),
    "option '-t, --timeout <seconds>' argument missing",
  )
  assert.is(
    complaint('wait', 'media', 'lo', '-t', 'soon'),
    "option '-t, --timeout <seconds>' argument 'soon' is invalid. expected a number of seconds, 0 or more",
  )
  assert.is(
    complaint('decode', 'a', '--byte-order', 'middle'),
    "option '--byte-order <order>' argument 'middle' is invalid. Allowed choices are little, big.",
  )
  assert.is(
    complaint('decode', 'a', '--tree', '--nodes'),
    "option '--tree' cannot be used with option '--nodes'",
  )
  assert.match(
    complaint('wait', 'operstate', 'lo', 'UP', 'nope'),
    /^command-argument value 'nope' is invalid for argument 'state'\. /,
  )
})

test('help, where it is asked for and where a command is missing', () => {
  const { stdout: help } = run('--help')
  const lines = help.split('\n')
  assert.is(lines[0], 'Usage: netlink-wasm [options] [command]')
  assert.ok(lines.some((line) => line.startsWith('  decode [options] <file> ')))
  assert.is(lines.at(-2), 'Exit codes: 0 met, 1 error, 2 usage, 124 timed out, 130 interrupted')
  assert.equal(run('help'), { status: 0, stdout: help, stderr: '' })
  assert.equal(run(), { status: 2, stdout: '', stderr: help })
  const decode = run('decode', '--help').stdout
  assert.match(decode, /^Usage: netlink-wasm decode \[options\] <file>\n/)
  assert.match(decode, /\(choices:\s+"little",\s+"big"\)/)
  assert.equal(run('help', 'decode'), { status: 0, stdout: decode, stderr: '' })
  const { status, stdout, stderr } = run('wait')
  assert.equal([status, stdout], [2, ''])
  assert.match(stderr, /^Usage: netlink-wasm wait \[options\] \[command\]\n/)
  assert.match(run('--version').stdout, /^\d+\.\d+\.\d+\n$/)
})

test.run()
