// The built file itself: one binary per architecture has to load on glibc and musl alike.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { has } from './harness'

const built = fileURLToPath(new URL('../../build/', import.meta.url))
interface Listed {
  arch: string
  file: string
  bytes: number
  sha256: string
}
const { shims } = JSON.parse(readFileSync(`${built}shims.json`, 'utf8')) as { shims: Listed[] }

test('the list has the shim of this machine, and each one as it is', () => {
  assert.ok(shims.some(({ arch }) => arch === process.arch))
  const files = readdirSync(built).filter((name) => name.endsWith('.node'))
  assert.equal(files.sort(), shims.map(({ file }) => file).sort())
  for (const { file, bytes, sha256 } of shims) {
    const content = readFileSync(built + file)
    assert.is(content.length, bytes, file)
    assert.is(createHash('sha256').update(content).digest('hex'), sha256, file)
  }
})

// Each exists in glibc and in musl under this very name; the rest is Node-API's and libuv's.
const libc =
  `__errno_location abort bind close eventfd free getsockname getsockopt malloc memcpy memset poll
  pthread_create pthread_join pthread_sigmask read recvmsg setsockopt sigfillset snprintf socket strlen
  write`.split(/\s+/)
const hasReadelf = has('readelf', '--version')

for (const { arch, file } of shims) {
  const readelf = (...args: string[]) =>
    spawnSync('readelf', ['-W', ...args, built + file], { encoding: 'utf8', timeout: 60_000 })
      .stdout

  test(`${arch}: at most 24 KiB`, () => {
    const { size } = statSync(built + file)
    assert.ok(size <= 24 * 1024, `expected at most 24576 bytes, got ${size}`)
  })

  if (!hasReadelf) continue

  test(`${arch}: needs no library`, () => {
    const dynamic = readelf('--dynamic')
    assert.match(dynamic, /SYMTAB/)
    assert.not.match(dynamic, /NEEDED/)
  })

  test(`${arch}: no symbol has a version`, () => {
    assert.match(readelf('--version-info'), /No version information found/)
    assert.not.match(readelf('--dyn-syms'), /@/)
  })

  test(`${arch}: names no folder`, () => {
    assert.not.match(readFileSync(built + file).toString('latin1'), /\/(tmp|home|root|work|usr)\//)
  })

  test(`${arch}: asks only for what every host has, and offers only the entry points`, () => {
    const symbols = readelf('--dyn-syms')
      .split('\n')
      .flatMap((line) => {
        const [, , , type, bind, , index, name] = line.trim().split(/\s+/)
        return name === undefined || type === 'Type' || type === 'SECTION'
          ? []
          : [{ index, name, bind }]
      })
    const wanted = symbols.filter(({ index }) => index === 'UND')
    const offered = symbols.filter(({ index }) => index !== 'UND').map(({ name }) => name)
    const foreign = wanted.filter(({ name }) => !/^(napi|uv)_/.test(name) && !libc.includes(name))
    assert.ok(wanted.some(({ name }) => name === 'recvmsg'))
    assert.equal(foreign, [])
    // Bun and Deno have no libuv.
    for (const { name, bind } of wanted) if (name.startsWith('uv_')) assert.is(bind, 'WEAK', name)
    assert.equal(offered.filter((name) => name !== 'Name').sort(), [
      'napi_register_module_v1',
      'node_api_module_get_api_version_v1',
    ])
  })
}

test.run()
