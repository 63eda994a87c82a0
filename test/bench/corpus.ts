// Records the corpora that the benches decode, from the kernel, in a network namespace of their own.
// In: nothing. Out: corpus/link.pcapng.br, what the kernel says of links that come, go and change in many
// ways, and corpus/mixed.pcapng.br, dumps and events of all of rtnetlink. Changes nothing outside.

import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants } from 'node:zlib'

const root = fileURLToPath(new URL('../../', import.meta.url))
const folder = fileURLToPath(new URL('corpus/', import.meta.url))
const INSIDE = 'NETLINK_WASM_BENCH_NAMESPACE'

if (process.env[INSIDE]) await record()
else enter()

function enter(): void {
  const asRoot = process.getuid?.() === 0
  const { status } = spawnSync(
    'unshare',
    [asRoot ? '-n' : '-rn', process.execPath, '--import', 'tsx', fileURLToPath(import.meta.url)],
    { stdio: 'inherit', env: { ...process.env, [INSIDE]: '1' }, cwd: root },
  )
  process.exitCode = status ?? 1
}

async function record(): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const scratch = mkdtempSync(join(tmpdir(), 'netlink-wasm-bench-'))
  try {
    for (const [name, options, script] of [
      ['link', ['--groups', 'link'], linkScript()],
      ['mixed', ['--dump'], mixedScript()],
    ] as const) {
      if (name === 'mixed') ip(tables())
      const file = join(scratch, name)
      const recorder = spawn(
        process.execPath,
        ['build/cli.js', 'record', file, ...options, '--buffer', '67108864'],
        { cwd: root, stdio: 'inherit' },
      )
      const ended = new Promise((resolve) => recorder.on('exit', resolve))
      await sleep(1500)
      ip(script)
      await sleep(2500)
      recorder.kill('SIGINT')
      await ended
      const bytes = readFileSync(file)
      const packed = brotliCompressSync(bytes, {
        params: { [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_QUALITY]: 11 },
      })
      writeFileSync(`${folder}${name}.pcapng.br`, packed)
      console.log(`${name}: ${bytes.length} bytes, ${packed.length} packed`)
    }
  } finally {
    rmSync(scratch, { recursive: true })
  }
}

function ip(lines: string[]): void {
  const { stderr } = spawnSync('ip', ['-force', '-batch', '-'], { input: lines.join('\n') })
  const text = stderr.toString().trim()
  if (text) console.log(text.split('\n').slice(0, 6).join('\n'))
}

/** Links of every kind that this kernel has, taken through what links go through. */
function linkScript(): string[] {
  const lines = ['link set lo up']
  const names = ['br', 'uplink', 'lan-bridge', 'b0123456789012']
  for (let round = 0; round < 14; round++) {
    const bridge = `${names[round % names.length]}${round % 3}`
    lines.push(`link add ${bridge} type bridge`, `link set ${bridge} up`)
    for (let n = 0; n < 5; n++) {
      const [a, b] = [`v${round}${'x'.repeat(n * 2)}${n}`, `p${round}-${n}`]
      lines.push(
        `link add ${a} type veth peer name ${b}`,
        `link set ${a} up`,
        `link set ${b} up`,
        `link set ${b} mtu ${1400 + n}`,
        `link set ${a} master ${bridge}`,
        `link set ${b} down`,
        `link set ${b} name eth${round}${n}`,
        `link set eth${round}${n} up`,
        `link set ${a} txqueuelen ${100 + n}`,
      )
      if (n % 2 === 0)
        lines.push(`link property add dev eth${round}${n} altname port-${round}-${n}`)
      if (n % 2 === 1) lines.push(`link set ${a} alias "port ${n} of ${bridge}"`)
    }
    const top = `eth${round}0`
    lines.push(
      `link add link ${top} name mv${round} type macvlan mode bridge`,
      `link set mv${round} up`,
      `link add vx${round} type vxlan id ${round + 10} dev ${top} dstport 4789 group 239.1.1.${round + 1}`,
      `link set vx${round} master ${bridge}`,
      `link set vx${round} up`,
      `link add ifb${round}a type ifb`,
      `link set ifb${round}a up`,
      `link set ifb${round}a down`,
      `tuntap add mode tun name tun${round}`,
      `link set tun${round} up`,
      `link add gre${round}x type gretap remote 10.0.0.${round + 1} local 10.0.1.1`,
      `link add dum${round} type dummy`,
      `link del vx${round}`,
      `link del mv${round}`,
      `link set v${round}0 nomaster`,
      `link del ifb${round}a`,
    )
    if (round % 3 === 2) {
      for (let n = 0; n < 5; n++) lines.push(`link del eth${round}${n}`)
      lines.push(`link del ${bridge}`, `tuntap del mode tun name tun${round}`)
    }
  }
  return lines
}

/** What the dumps find. */
function tables(): string[] {
  const lines = ['link add d0 type veth peer name d1', 'link set d0 up', 'link set d1 up']
  for (let n = 1; n < 60; n++) {
    lines.push(`addr add 10.1.${n}.1/24 dev d0`, `addr add fd00:${n}::1/64 dev d0`)
    lines.push(`route add 10.2.${n}.0/24 via 10.1.${n}.2 dev d0 metric ${n}`)
    lines.push(`neigh add 10.1.${n}.9 lladdr 02:00:00:00:00:${n.toString(16)} dev d0`)
    lines.push(`rule add from 10.3.${n}.0/24 table ${n} pref ${1000 + n}`)
  }
  return lines
}

function mixedScript(): string[] {
  const lines: string[] = []
  for (let n = 1; n < 60; n++) {
    lines.push(
      `addr add 10.9.${n}.1/24 dev d1`,
      `route add 10.10.${n}.0/24 dev d1 proto static`,
      `neigh add 10.9.${n}.2 lladdr 02:00:00:00:01:01 dev d1`,
      `route replace 10.10.${n}.0/24 nexthop via 10.9.${n}.2 weight 2 nexthop via 10.1.${n}.2 dev d0`,
      `rule add to 10.11.${n}.0/24 table main`,
      `link set d1 mtu ${1300 + n}`,
      `route add fd01:${n}::/64 via fd00:${n}::2 dev d0`,
      `neigh del 10.9.${n}.2 dev d1`,
      `addr del 10.9.${n}.1/24 dev d1`,
    )
  }
  return lines
}
