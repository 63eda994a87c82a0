// One file that runs anywhere: the agent, bundled in a blank project by each bundler, alone in an empty folder,
// through real events; where there is no writable root, no place at all, another platform; and in a worker.

import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { complaint, type DriveOptions, drive, type Step } from '../agent/drive.ts'
import {
  BUNDLERS,
  makeProject,
  NODES,
  node,
  obstacle,
  type Project,
  singleExecutable,
} from './project.ts'

const test = suite('bundle')
let project: Project
const empty: string[] = []

/** The file alone, in a folder of its own. */
function alone(file: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'netlink-alone-'))
  empty.push(folder)
  copyFileSync(file, join(folder, basename(file)))
  return join(folder, basename(file))
}

const bundles = new Map<string, string>()
function bundled(name: string): string {
  const path = bundles.get(name) ?? BUNDLERS[name]?.(project)
  if (path === undefined) throw new Error(`expected a bundler, got ${name}`)
  bundles.set(name, path)
  return alone(path)
}

async function works(command: string[], options: DriveOptions = {}): Promise<void> {
  assert.is(complaint(await drive(command, options)), '')
}

/** Names in the folders that a shim may be written to. */
const left = () =>
  ['/tmp', '/var/tmp', '/dev/shm', '/run']
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((path) => /\/\.netlink-|\.node$/.test(path))

test.before(() => {
  project = makeProject()
})

test.after(() => {
  project.remove()
  for (const folder of empty) rmSync(folder, { recursive: true, force: true })
})

for (const name of Object.keys(BUNDLERS)) {
  for (const major of NODES) {
    test(`${name}: one file, on Node ${major}`, async () => {
      const file = bundled(name)
      assert.equal(readdirSync(dirname(bundles.get(name) ?? '')), [basename(file)])
      const before = left()
      await works([node(major), file], { isSeed: name.endsWith('seed') })
      assert.equal(left(), before)
      assert.equal(readdirSync(dirname(file)), [basename(file)])
    })
  }
}

test('plain esbuild has nothing to warn of', () => assert.equal(project.warnings, []))

for (const major of [20, 26] as const) {
  test(`a single executable of Node ${major}`, async () => {
    const executable = singleExecutable(project, major, bundled('esbuild, CommonJS'))
    await works([executable])
    assert.equal(readdirSync(dirname(executable)), [basename(executable)])
    rmSync(executable)
  })
}

/** The root read-only and /tmp noexec, in a mount namespace; the node and the bundle are at /srv and /mnt. */
const readOnly = (file: string, ...more: string[]) =>
  [
    `mount --bind ${dirname(node(26))} /srv`,
    `mount --bind ${dirname(file)} /mnt`,
    'mount -o remount,bind,ro /',
    'mount -o remount,bind,ro /mnt',
    'mount -t tmpfs -o noexec tmpfs /tmp',
    'mount -t tmpfs -o noexec tmpfs /run',
    ...more,
  ].join('\n')

test('a read-only root, /tmp noexec: the next directory serves', async () => {
  const file = bundled('esbuild, CommonJS')
  const prepare = readOnly(file, 'mount -t tmpfs tmpfs /dev/shm')
  await works(['/srv/node', `/mnt/${basename(file)}`], { prepare })
})

test('no directory serves: one clear error that names each', async () => {
  const file = bundled('esbuild, CommonJS')
  const prepare = readOnly(file, 'mount -t tmpfs -o noexec tmpfs /dev/shm')
  const env = { PATH: process.env.PATH, HOME: '/root' }
  const { steps, code } = await drive(['/srv/node', `/mnt/${basename(file)}`], { prepare, env })
  assert.is(code, 1)
  const [{ during, code: error, message = '' } = {} as Step] = steps.slice(1)
  assert.equal([during, error], ['watching', 'ERR_NETLINK_UNSUPPORTED'])
  assert.match(
    String(message),
    `expected a native shim for linux ${process.arch}, got none. Tried /mnt/netlink`,
  )
  for (const path of ['/tmp', '/var/tmp', '/dev/shm', '/run', '/root']) {
    assert.match(String(message), `an unnamed file in ${path}: `)
  }
})

test('where there are unnamed files no more than a name, none is left either', async () => {
  // ramfs has no O_TMPFILE before Linux 6.6, so the bundle is told that there is none.
  const file = bundled('esbuild, CommonJS')
  const noTmpfile = join(dirname(file), 'no-tmpfile.cjs')
  writeFileSync(
    noTmpfile,
    `const fs = require('node:fs'), { openSync } = fs
    fs.openSync = (path, flags, mode) => {
      if ((flags & 0o20000000) === 0) return openSync(path, flags, mode)
      throw Object.assign(new Error('EOPNOTSUPP'), { code: 'EOPNOTSUPP' })
    }`,
  )
  const before = left()
  await works([node(26), '--require', noTmpfile, file])
  assert.equal(left(), before)
})

test('a path that is given is the only one: option, environment', () => {
  const file = bundled('esbuild, CommonJS')
  const env = { ...process.env, NETLINK_WASM_SHIM: '/nowhere/shim.node' }
  const { stdout, status } = spawnSync(node(20), [file], {
    env,
    encoding: 'utf8',
    timeout: 120_000,
  })
  assert.is(status, 1)
  assert.match(stdout, 'got none. Tried /nowhere/shim.node: ')
  assert.not.match(stdout, 'unnamed')
  const shim = join(
    project.folder,
    'node_modules/netlink-wasm/build',
    `netlink-linux-${process.arch}.node`,
  )
  const program = `import { createBoundNetlinkSocket, openLinkMonitor } from 'netlink-wasm'
    try { createBoundNetlinkSocket({ shim: '/nowhere/a.node' }) } catch (error) { console.log(error.code) }
    await openLinkMonitor({ shim: '/nowhere/b.node' }).catch((error) => console.log(error.code))
    const monitor = await openLinkMonitor({ shim: ${JSON.stringify(shim)} })
    console.log(monitor.links.size > 0)
    monitor.close()`
  const args = ['--input-type=module', '-e', program]
  const options = spawnSync(node(20), args, {
    cwd: project.folder,
    env,
    encoding: 'utf8',
    timeout: 120_000,
  })
  const code = 'ERR_NETLINK_UNSUPPORTED'
  assert.is(options.stdout, `${code}\n${code}\ntrue\n`, options.stderr)
})

test('what another user has put beside the bundle is not loaded', async () => {
  const file = bundled('esbuild, CommonJS')
  const planted = join(dirname(file), `netlink-linux-${process.arch}.node`)
  // It ends the process as soon as it is loaded.
  const source = `#include <unistd.h>
    __attribute__((constructor)) static void run(void) { _exit(66); }`
  const args = ['-shared', '-fPIC', '-x', 'c', '-', '-o', planted]
  assert.is(spawnSync('gcc', args, { input: source }).status, 0)
  chmodSync(planted, 0o644)
  const { code } = await drive([node(26), file])
  assert.is(code, 66, 'one of root is loaded')
  for (const [uid, mode] of [
    [1000, 0o644],
    [0, 0o666],
  ] as const) {
    chownSync(planted, uid, 0)
    chmodSync(planted, mode)
    await works([node(26), file])
  }
})

test('in a worker, twice in a row, beside one on the main thread', () => {
  const file = join(dirname(bundled('esbuild, CommonJS')), 'worker.cjs')
  writeFileSync(
    join(project.folder, 'worker.ts'),
    `import { isMainThread, Worker } from 'node:worker_threads'
    import { dumpLinks, openLinkMonitor } from 'netlink-wasm'
    const inWorker = () => new Promise((resolve, reject) =>
      new Worker(__filename).on('exit', resolve).on('error', reject))
    if (isMainThread) {
      openLinkMonitor().then(async (monitor) => {
        console.log('main', (await dumpLinks()).some(({ ifname }) => ifname === 'lo'))
        for (const _ of [1, 2]) console.log('exit', await inWorker())
        monitor.close()
      })
    } else {
      openLinkMonitor().then((monitor) => {
        console.log('worker', monitor.links.size > 0)
        monitor.close()
      })
    }`,
  )
  const esbuild = new URL('../../node_modules/.bin/esbuild', import.meta.url).pathname
  const args = ['worker.ts', '--bundle', '--platform=node', `--outfile=${file}`]
  assert.is(spawnSync(esbuild, args, { cwd: project.folder }).status, 0)
  for (const major of [20, 26] as const) {
    const { stdout, stderr } = spawnSync(node(major), [file], {
      encoding: 'utf8',
      timeout: 120_000,
    })
    assert.is(stderr, '')
    assert.is(stdout.replace(/worker true\n/g, ''), 'main true\nexit 0\nexit 0\n')
    assert.is(stdout.match(/worker true/g)?.length, 2)
  }
})

for (const platform of ['darwin', 'win32', 'freebsd']) {
  test(`on ${platform} import and decoder work, and opening gives the one clear error`, () => {
    writeFileSync(
      join(project.folder, 'elsewhere.mjs'),
      `Object.defineProperty(process, 'platform', { value: '${platform}' })
      const { createBoundNetlinkSocket, decodeMessages, newLink, openLinkMonitor } = await import('netlink-wasm')
      console.log(decodeMessages(newLink({ ifname: 'eth0' }))[0].link.ifname)
      await openLinkMonitor().catch(({ code, message }) => console.log(code, message))
      try { createBoundNetlinkSocket() } catch ({ code, name }) { console.log(code, name) }`,
    )
    const { stdout } = spawnSync(node(20), ['elsewhere.mjs'], {
      cwd: project.folder,
      encoding: 'utf8',
      timeout: 120_000,
    })
    assert.equal(stdout.split('\n'), [
      'eth0',
      `ERR_NETLINK_UNSUPPORTED expected Linux, got ${platform}: decoding works here, netlink sockets do not exist`,
      'ERR_NETLINK_UNSUPPORTED NetlinkCreateSocketError',
      '',
    ])
  })
}

const why = obstacle()
if (why === undefined) test.run()
else if (process.env.CI) throw new Error(why)
else console.log(`bundle tests skipped: ${why}`)
