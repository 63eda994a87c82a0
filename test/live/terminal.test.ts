// The CLI's manners: exit codes, signals, readers that go away, colours, and what a terminal must not obey.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CLI, cli, cliEnv, cliResult, type Ended, start } from './cli.ts'
import { has, ip, live, until, WAIT_MS } from './harness.ts'

const TERMINAL = { TERM: 'xterm-256color' }
const ESC = '\x1b'

live('exit code 2: usage', async () => {
  const wrong = [
    ['nonsense'],
    ['wait'],
    ['wait', 'media'],
    ['wait', 'media', ''],
    ['wait', 'operstate', 'lo'],
    ['wait', 'operstate', 'lo', 'SIDEWAYS'],
    ['wait', 'detach', 'a', 'b'],
    ['wait', 'attach', '--timeout', 'soon'],
    ['wait', 'attach', '--timeout', '-1'],
    ['links', '--nonsense'],
  ]
  for (const args of wrong) {
    const { code, stdout, stderr } = await cliResult(...args)
    assert.is(code, 2, args.join(' '))
    assert.is(stdout, '', args.join(' '))
    assert.ok(stderr.length > 0, args.join(' '))
  }
})

live('exit code 0: help and version', async () => {
  for (const args of [['--help'], ['wait', '--help'], ['--version']]) {
    const { code, stdout, stderr } = await cliResult(...args)
    assert.equal({ code, stderr }, { code: 0, stderr: '' })
    assert.ok(stdout.length > 0)
  }
})

live('exit code 124: timed out, nothing printed', async () => {
  const waits = [
    ['wait', 'attach'],
    ['wait', 'detach'],
    ['wait', 'detach', 'lo'],
    ['wait', 'media', 'lo'],
  ]
  const results = waits.map((args) => cliResult(...args, '--timeout', '0.2'))
  for (const { code, stdout, stderr } of await Promise.all(results)) {
    assert.equal({ code, stdout, stderr }, { code: 124, stdout: '', stderr: '' })
  }
  const watch = await cliResult('watch', '--json', '--timeout', '0.2')
  assert.equal([watch.code, watch.stderr], [124, ''])
  assert.is(JSON.parse(watch.stdout.split('\n')[0] ?? '').ifname, 'lo')
})

live('watch tells what it counted, on SIGUSR1 and with --stats at the end', async () => {
  const watch = cli('watch', '--json', '--stats')
  await watch.next('synced', () => true)
  watch.child.kill('SIGUSR1')
  await until('the statistics', () => watch.stderr.endsWith('\n'))
  watch.child.kill('SIGINT')
  const { code, stderr } = await watch.ended
  const lines = stderr.trimEnd().split('\n')
  assert.equal([code, lines.length], [0, 2])
  for (const line of lines) {
    const stats = JSON.parse(line.replace(/^netlink-wasm: /, ''))
    assert.equal([stats.dumps, stats.overruns, stats.faults], [1, 0, []])
  }
})

live('a timeout longer than a timer can hold is none', async () => {
  for (const seconds of ['3000000', '1e12']) {
    const watch = cli('watch', '--json', '--timeout', seconds)
    await watch.next('synced', () => true)
    await watch.goesOn(200)
    watch.child.kill('SIGINT')
    assert.equal(await watch.ended, { code: 0, signal: null, stdout: watch.stdout, stderr: '' })
  }
})

live('exit code 1: an error, told in one line', async () => {
  const env = { ...cliEnv(), NETLINK_WASM_SHIM: '/nowhere/netlink.node' }
  const shimless = await start(process.execPath, [CLI, 'wait', 'attach'], env, WAIT_MS).ended
  assert.equal([shimless.code, shimless.stdout], [1, ''])
  assert.match(shimless.stderr, /^netlink-wasm: [^\n]+\n$/)
})

for (const [signal, number] of [['SIGINT', 2] as const, ['SIGTERM', 15] as const]) {
  live(
    `${signal}: a watch ends with 0, a wait with ${128 + number}, a line of neither`,
    async () => {
      const watch = cli('watch', '--json')
      const waits = [cli('wait', 'attach'), cli('wait', 'detach', 'lo'), cli('wait', 'media', 'lo')]
      await Promise.all([watch, ...waits].map((running) => running.waiting()))
      for (const running of [watch, ...waits]) running.child.kill(signal)
      const { code, stderr } = await watch.ended
      assert.equal({ code, stderr }, { code: 0, stderr: '' })
      for (const wait of waits) {
        assert.equal(await wait.ended, { code: 128 + number, signal: null, stdout: '', stderr: '' })
      }
    },
  )
}

live('a reader that goes away ends a watch quietly', async () => {
  const watch = cli('watch')
  await until('the first line', () => watch.stdout.includes('lo'))
  watch.child.stdout.destroy()
  await until('the watch to end', () => {
    ip('link set lo up', 'link set lo down')
    return watch.isEnded
  })
  assert.equal(await watch.ended.then(({ code, stderr }) => [code, stderr]), [0, ''])
})

if (has('bash', '--version')) {
  live('watch | head -1: one line, no crash', async () => {
    const script = '"$0" "$1" watch | head -1; echo "$' + '{PIPESTATUS[0]}"'
    const piped = start('bash', ['-c', script, process.execPath, CLI], cliEnv(), WAIT_MS)
    await until('the watch to end', () => {
      ip('link set lo up', 'link set lo down')
      return piped.isEnded
    })
    const { stdout, stderr } = await piped.ended
    assert.is(stderr, '')
    assert.match(stdout, /^EVENT .*\n0\n$/)
  })
}

live('no colours and no control characters in a pipe, whatever a name holds', async () => {
  ip(`link add name a${ESC}[31mb type ifb`, 'link add ifb7 type ifb')
  ip(`link property add dev ifb7 altname e${ESC}]0;x`)
  const { stdout } = await cliResult('links')
  assert.not.ok(stdout.includes(ESC))
  assert.ok(stdout.includes('a\\u001b[31mb'))
  assert.ok(stdout.includes('altname e\\u001b]0;x'))
})

if (has('script', '--version')) {
  /** Runs the CLI with a terminal for its stdout. */
  const onTerminal = (args: string, env: NodeJS.ProcessEnv): Promise<Ended> => {
    const command = `'${process.execPath}' '${CLI}' ${args}`
    return start('script', ['-qec', command, '/dev/null'], cliEnv(env), WAIT_MS).ended
  }

  live('colours on a terminal, and none with NO_COLOR or a dumb one', async () => {
    ip('link add veth0 type veth peer name veth1')
    const coloured = await onTerminal('links', TERMINAL)
    assert.is(coloured.code, 0)
    assert.ok(coloured.stdout.includes(`${ESC}[31mDOWN`), coloured.stdout)
    assert.ok(coloured.stdout.includes(`${ESC}[0m`))
    for (const env of [{ ...TERMINAL, NO_COLOR: '1' }, { TERM: 'dumb' }]) {
      const { code, stdout } = await onTerminal('links', env)
      assert.is(code, 0)
      assert.ok(stdout.includes('DOWN'))
      assert.not.ok(stdout.includes(ESC), JSON.stringify(stdout))
    }
  })

  live('no byte of a name reaches a terminal raw: links, watch, wait', async () => {
    ip(`link add name a${ESC}[31mb type ifb`, 'link add ifb7 type ifb')
    ip(`link property add dev ifb7 altname e${ESC}]0;x`)
    const env = { ...TERMINAL, NO_COLOR: '1' }
    const runs = ['links', 'watch --timeout 0.5', 'wait attach --timeout 5 --ignore lo ifb7']
    for (const args of runs) {
      const { stdout } = await onTerminal(args, env)
      assert.not.ok(stdout.includes(ESC), `${args}: ${JSON.stringify(stdout)}`)
      assert.ok(stdout.includes('a\\u001b[31mb'), `${args}: ${JSON.stringify(stdout)}`)
    }
    const json = await onTerminal('links --json', TERMINAL)
    assert.not.ok(json.stdout.includes(ESC), 'JSON escapes them itself, and is not coloured')
  })
}

test.run()
