// The built file itself: one binary per architecture has to load on glibc and musl alike.

import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { has, shimPath } from './harness'

const readelf = (...args: string[]) =>
  spawnSync('readelf', ['-W', ...args, shimPath], { encoding: 'utf8', timeout: 5000 }).stdout

test('at most 24 KiB', () => {
  const { size } = statSync(shimPath)
  assert.ok(size <= 24 * 1024, `expected at most 24576 bytes, got ${size}`)
})

if (has('readelf', '--version')) {
  test('needs no library', () => {
    const dynamic = readelf('--dynamic')
    assert.match(dynamic, /SYMTAB/)
    assert.not.match(dynamic, /NEEDED/)
  })

  test('no symbol has a version', () => {
    assert.match(readelf('--version-info'), /No version information found/)
    assert.not.match(readelf('--dyn-syms'), /@/)
  })

  // Each exists in glibc and in musl under this very name; the rest is Node-API's and libuv's.
  const libc = `__errno_location abort bind close free getsockname getsockopt malloc memcpy memset
    recvmsg setsockopt snprintf socket strlen`.split(/\s+/)

  test('asks only for what every host has, and offers only the entry points', () => {
    const symbols = readelf('--dyn-syms')
      .split('\n')
      .flatMap((line) => {
        const [, , , type, , , index, name] = line.trim().split(/\s+/)
        return name === undefined || type === 'Type' ? [] : [{ index, name }]
      })
    const wanted = symbols.filter(({ index }) => index === 'UND').map(({ name }) => name)
    const offered = symbols.filter(({ index }) => index !== 'UND').map(({ name }) => name)
    const foreign = wanted.filter((name) => !/^(napi|uv)_/.test(name) && !libc.includes(name))
    assert.ok(wanted.includes('recvmsg'))
    assert.equal(foreign, [])
    assert.equal(offered.filter((name) => name !== 'Name').sort(), [
      'napi_register_module_v1',
      'node_api_module_get_api_version_v1',
    ])
  })
}

test.run()
