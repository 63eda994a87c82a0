// What becomes of a recording: read by tshark and capinfos, from a pipe, by `decode`; and replayed, when the
// waits answer as they did.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  openLinkMonitor,
  RTM_DELLINK,
  waitForMediaDisconnectConnect,
  waitForNicAttachEvent,
} from 'netlink-wasm'
import { readCapture } from 'netlink-wasm/capture'
import { replayCapture } from 'netlink-wasm/testing'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CLI, cli, cliEnv, start } from './cli.ts'
import { afterwards, has, ip, live, until, WAIT_MS } from './harness.ts'
import { countIn, ended, framesOf, holds, newFile, recording } from './recording.ts'

live('- is a pipe, and a reader that goes away ends it quietly', async () => {
  const script = '"$0" "$1" record - --dump --timeout 0.5 | wc -c'
  const { code, stdout } = await start(
    'sh',
    ['-c', script, process.execPath, CLI],
    cliEnv(),
    WAIT_MS,
  ).ended
  assert.is(code, 0)
  assert.ok(Number(stdout) > 1000, stdout)

  const record = cli('record', '-')
  await until('the head of the file', () => record.stdout.length > 0)
  record.child.stdout.destroy()
  await until('the recording to end', () => {
    ip('link set lo up', 'link set lo down')
    return record.isEnded
  })
  const { code: gone, stderr } = await record.ended
  assert.equal([gone, stderr], [0, ''])
})

live('record - | netlink-wasm decode -', async () => {
  ip('link add ifb7 type ifb')
  const script = '"$0" "$1" record - --dump --groups link --timeout 0.5 | "$0" "$1" decode - --json'
  const piped = start('sh', ['-c', script, process.execPath, CLI], cliEnv(), WAIT_MS)
  const { code, stdout, stderr } = await piped.ended
  assert.is(code, 0, stderr)
  assert.ok(stdout.includes('"ifb7"'), stdout.slice(0, 500))
  const frames = new Set(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).frame),
  )
  assert.is(frames.size, countIn(stderr))
})

live('replayed, the waits answer as they did, in the time of the recording', async () => {
  ip('link add veth8 type veth peer name veth9', 'link set veth8 up', 'link set veth9 up')
  const file = newFile()
  const record = await recording(file, '--groups', 'link', '--dump')
  const monitor = await openLinkMonitor({ timeout: WAIT_MS })
  afterwards(() => monitor.close())
  const limits = { timeout: WAIT_MS }
  /** The same waits, whatever they run on; `act` makes happen what they wait for. */
  const story = async (it: typeof monitor, act: (...commands: string[]) => void) => {
    const answers: unknown[] = []
    const attached = it.waitForAttach({
      ...limits,
      match: ({ ifname }) => /^(hot|lan)/.test(ifname),
      settle: 400,
    })
    act('link add hot0 type veth peer name peer0')
    await sleep(act === silent ? 0 : 100)
    act('link set hot0 name lan0')
    const nic = await attached
    answers.push(nic.ifname)
    const up = it.waitForOperState(nic.ifindex, 'UP', limits)
    act('link set lan0 up', 'link set peer0 up')
    answers.push((await up).operstate)
    const switched = it.waitForMediaSwitch('lan0', limits)
    act('link set peer0 down')
    await sleep(act === silent ? 0 : 1500)
    act('link set peer0 up')
    const { ifname, operstate, mtu, address } = await switched
    answers.push({ ifname, operstate, mtu, address })
    const detached = it.waitForDetach('lan0', limits)
    act('link del lan0')
    answers.push((await detached)?.ifname)
    return answers
  }
  const silent = () => {}
  const told = await story(monitor, (...commands) => void ip(...commands))
  assert.equal(told.slice(0, 2), ['lan0', 'UP'])
  await until('the end to be recorded', async () =>
    (await framesOf(file)).some(({ data }) => {
      const message = Buffer.from(data)
      return message.readUInt16LE(20) === RTM_DELLINK && message.includes('lan0\0')
    }),
  )
  await ended(record)

  const replayed = await openLinkMonitor({ socket: replayCapture(await framesOf(file)) })
  assert.ok(replayed.links.find('veth8'), 'links of before the recording')
  assert.equal(await story(replayed, silent), told)
  replayed.close()

  const seed = replayCapture(await framesOf(file))
  const existing = [
    'lo',
    'veth8',
    'veth9',
    'peer0',
    ...Array.from({ length: 101 }, (_, n) => `begin${n}`),
  ]
  assert.is(await waitForNicAttachEvent(seed, existing, limits), 'hot0')
  await waitForMediaDisconnectConnect(seed, 'lan0', limits)
})

live('a recording through a pipe, replayed from the stream that it is', async () => {
  const script = '"$0" "$1" record - --dump --groups link --timeout 0.5 > "$2"'
  ip('link add ifb7 type ifb')
  const file = newFile()
  const args = ['-c', script, process.execPath, CLI, file]
  assert.is((await start('sh', args, cliEnv(), WAIT_MS).ended).code, 0)
  const monitor = await openLinkMonitor({ socket: replayCapture(readCapture(readFileSync(file))) })
  assert.is(monitor.links.find('ifb7')?.linkinfo?.info_kind, 'ifb')
  monitor.close()
})

if (has('tshark', '--version') && has('capinfos', '--version')) {
  live('capinfos and tshark read it, and see what it holds', async () => {
    const file = newFile()
    const record = await recording(file, '--dump', '--groups', 'link', 'nlctrl/notify')
    ip('link add ifb7 type ifb')
    await holds(file, 'ifb7', record)
    const { stderr } = await ended(record)
    const frames = await framesOf(file)
    assert.is(countIn(stderr), frames.length)

    const infos = execFileSync('capinfos', ['-M', '-T', '-m', '-c', '-E', file], {
      encoding: 'utf8',
    })
    assert.ok(infos.includes(`,${frames.length}`), infos)

    const json = execFileSync('tshark', ['-T', 'json', '-r', file], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const packets: { _source: { layers: Record<string, Record<string, unknown>> } }[] =
      JSON.parse(json)
    assert.is(packets.length, frames.length)
    for (const [at, { _source }] of packets.entries()) {
      const { layers } = _source
      const frame = layers.frame as Record<string, string>
      assert.is(Number(frame['frame.len']), frames[at]?.originalLength)
      assert.is(frame['frame.interface_id'], String(frames[at]?.interfaceId))
      const nanoseconds = BigInt((frame['frame.time_epoch'] ?? '0').replace('.', ''))
      assert.is(nanoseconds, frames[at]?.timestamp)
      const hasNetlink = Object.keys(layers).some((layer) => layer.startsWith('netlink'))
      assert.ok(hasNetlink, Object.keys(layers).join())
    }
    assert.ok(json.includes('ifb7'))
  })

  live('record - | tshark -r -', async () => {
    const script =
      '"$0" "$1" record - --dump --groups link --timeout 0.5 | tshark -r - 2>/dev/null | wc -l'
    const { stdout, stderr } = await start(
      'sh',
      ['-c', script, process.execPath, CLI],
      cliEnv(),
      WAIT_MS,
    ).ended
    assert.is(Number(stdout), countIn(stderr))
    assert.ok(Number(stdout) > 0)
  })
}

if (has('script', '--version')) {
  live('a live count on a terminal, and no binary on one', async () => {
    const file = newFile()
    const onTerminal = (args: string) =>
      start(
        'script',
        ['-qec', `'${process.execPath}' '${CLI}' ${args}`, '/dev/null'],
        cliEnv(),
        WAIT_MS,
      ).ended
    const counted = await onTerminal(`record ${file} --dump --timeout 0.6`)
    assert.is(counted.code, 0)
    const lines = counted.stdout.replaceAll('\r\x1b[K', '\n').replaceAll('\r', '')
    assert.match(lines, /^\d+ datagrams, \d+ bytes$/m)
    assert.is(countIn(lines), (await framesOf(file)).length)
    const refused = await onTerminal('record -')
    assert.is(refused.code, 2)
    assert.ok(refused.stdout.includes('got a terminal'))
  })
}

test.run()
