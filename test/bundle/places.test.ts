// Where a bundle lies, and how it ends: strange folders, links, a shim that is given or beside it, two copies in
// one process; a deadline, a signal, and a kill that leaves nothing behind.

import { spawn, spawnSync } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Step } from '../agent/drive.ts'
import { documentText, examples } from '../support/documents.ts'
import { BUNDLERS, makeProject, NODES, node, obstacle, type Project, run } from './project.ts'

const test = suite('places')
const esbuild = fileURLToPath(new URL('../../node_modules/.bin/esbuild', import.meta.url))
const SHIM = `netlink-linux-${process.arch}.node`
let project: Project
let folder = ''

/** Prints where the shim in use has been loaded from, once for each file that was. */
const WHERE = `import { readFileSync } from 'node:fs'
  import { openLinkMonitor } from 'netlink-wasm'
  export const where = async () => {
    const monitor = await openLinkMonitor()
    const maps = readFileSync('/proc/self/maps', 'utf8')
    const files = maps.match(/(?<= )\\/.*(\\.node| \\(deleted\\))$/gm) ?? []
    console.log(monitor.links.size > 0, ...new Set(files.filter((file) => !file.startsWith('/dev/zero'))))
    monitor.close()
  }`

test.before(() => {
  project = makeProject()
  writeFileSync(join(project.folder, 'library.ts'), WHERE)
  writeFileSync(
    join(project.folder, 'where.ts'),
    `import { where } from './library.js'; void where()`,
  )
  const bundle = (source: string, outfile: string, ...options: string[]): string =>
    run(
      esbuild,
      [
        source,
        '--bundle',
        '--platform=node',
        `--outfile=${outfile}`,
        '--log-level=error',
        ...options,
      ],
      project.folder,
    )
  bundle('where.ts', 'where.cjs')
  bundle('where.ts', 'where.mjs', '--format=esm')
  bundle('library.ts', 'library.cjs')
})

test.after(() => project.remove())

test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'netlink-alone-'))
})

test.after.each(() => rmSync(folder, { recursive: true, force: true }))

const shim = (): string => join(project.folder, 'node_modules/netlink-wasm/build', SHIM)

/** What a program of `version` printed; it must have ended well, and said nothing else. */
function printed(file: string, options: { env?: NodeJS.ProcessEnv; cwd?: string } = {}): string {
  const env = { ...process.env, TMPDIR: folder, ...options.env }
  const { status, stdout, stderr } = spawnSync(node(26), [file], {
    ...options,
    env,
    encoding: 'utf8',
    timeout: 120_000,
  })
  assert.is(status, 0, stderr)
  assert.is(stderr, '')
  return stdout
}

for (const file of ['where.cjs', 'where.mjs']) {
  test(`${file} in a folder of spaces, signs and letters, itself or by a link`, () => {
    const strange = join(folder, 'a b #?%20 ünï→')
    mkdirSync(strange)
    const path = join(strange, file)
    copyFileSync(join(project.folder, file), path)
    const link = join(folder, file)
    symlinkSync(path, link)
    for (const way of [path, link]) assert.match(printed(way), /^true \/\S*netlink-alone-.*deleted/)
    copyFileSync(shim(), join(strange, SHIM))
    for (const way of [path, link]) assert.is(printed(way), `true ${join(strange, SHIM)}\n`)
    assert.equal(readdirSync(folder).sort(), [strange.split('/').at(-1), file].sort())
  })
}

test('NETLINK_WASM_SHIM, absolute or relative, comes before the file beside the bundle', () => {
  const given = join(folder, 'given.node')
  const file = join(folder, 'where.cjs')
  copyFileSync(join(project.folder, 'where.cjs'), file)
  copyFileSync(shim(), given)
  copyFileSync(shim(), join(folder, SHIM))
  for (const path of [given, './given.node', 'given.node']) {
    const env = { NETLINK_WASM_SHIM: path }
    assert.is(printed(file, { env, cwd: folder }), `true ${given}\n`)
  }
})

for (const isBeside of [false, true]) {
  test(`two copies in one process, ${isBeside ? 'each beside a shim' : 'nothing beside them'}`, () => {
    for (const name of ['one', 'two']) {
      mkdirSync(join(folder, name))
      copyFileSync(join(project.folder, 'library.cjs'), join(folder, name, 'library.cjs'))
      if (isBeside) copyFileSync(shim(), join(folder, name, SHIM))
    }
    const file = join(folder, 'both.cjs')
    writeFileSync(
      file,
      `const [one, two] = ['one', 'two'].map((name) => require('./' + name + '/library.cjs').where)
      one().then(two).then(() => Promise.all([one(), two()]))`,
    )
    const lines = printed(file).trim().split('\n')
    assert.is(lines.length, 4)
    for (const line of lines) assert.match(line, /^true \//)
    assert.is(lines[3]?.match(isBeside ? /\.node/g : /\(deleted\)/g)?.length, 2)
  })
}

for (const version of NODES) {
  test(`installed: import and require on Node ${version}, with the shim of the package`, () => {
    const use = `const socket = createBoundNetlinkSocket()
      socket.close()
      const maps = readFileSync('/proc/self/maps', 'utf8')
      const [message] = new Dissector({ schema }).dissect(newLink({ ifname: 'eth0' })).messages
      console.log(message.find('ifname').value, maps.includes('/netlink-wasm/build/${SHIM}'))`
    const programs = {
      'import.mjs': `import { readFileSync } from 'node:fs'
        import { createBoundNetlinkSocket } from 'netlink-wasm'
        import { Dissector } from 'netlink-wasm/decoder'
        import schema from 'netlink-wasm/schema/all'
        import { newLink } from 'netlink-wasm/testing'
        ${use}`,
      'require.cjs': `const { readFileSync } = require('node:fs')
        const { createBoundNetlinkSocket } = require('netlink-wasm')
        const { Dissector } = require('netlink-wasm/decoder')
        const { default: schema } = require('netlink-wasm/schema/all')
        const { newLink } = require('netlink-wasm/testing')
        ${use}`,
    }
    for (const [name, text] of Object.entries(programs)) {
      writeFileSync(join(project.folder, name), text)
      assert.is(run(node(version), [name], project.folder), 'eth0 true\n', name)
    }
  })
}

test('the agent of the documents, bundled by their command, prints the NIC that is attached', () => {
  const agent = examples('native/README.md').find(({ language }) => language === 'ts')?.code ?? ''
  const [, command = ''] =
    /^ {4}npx (esbuild .* --outfile=agent\.js)$/m.exec(documentText('native/README.md')) ?? []
  assert.match(agent, /openLinkMonitor/)
  writeFileSync(join(project.folder, 'agent-of-document.ts'), agent)
  const [, ...args] = command.replace(' agent.ts', ' agent-of-document.ts').split(' ')
  run(esbuild, [...args, '--log-level=warning'], project.folder)
  copyFileSync(join(project.folder, 'agent.js'), join(folder, 'agent.js'))
  // It says nothing before it has seen one, so that there are new ones until it ends.
  const script = `(while sleep 0.3; do ip link add type veth; done) & more=$!
    "$1" agent.js; code=$?; kill $more; exit $code`
  const { status, stdout, stderr } = spawnSync(
    'unshare',
    ['--net', 'sh', '-c', script, 'sh', node(20)],
    { cwd: folder, encoding: 'utf8', timeout: 180_000 },
  )
  assert.is(status, 0, stderr)
  assert.match(stdout, /^\{"step":"attached","ifname":"veth\d+","address":"[\da-f:]{17}"\}\n$/)
  assert.equal(readdirSync(folder), ['agent.js'])
})

interface Ended {
  steps: Step[]
  code: number | null
  signal: NodeJS.Signals | null
  maps: string
}

/** Runs the agent in its own namespace and folder, and ends it once it watches. There is no server that it could report to. */
function watching(seconds: string, signal?: NodeJS.Signals, ...flags: string[]): Promise<Ended> {
  const agent = BUNDLERS['esbuild, CommonJS']?.(project) ?? ''
  const child = spawn('unshare', ['--net', '--', node(26), ...flags, agent, 'lo', seconds], {
    cwd: folder,
    env: { ...process.env, TMPDIR: folder },
    timeout: 120_000,
  })
  let text = ''
  let maps = ''
  child.stdout.setEncoding('utf8').on('data', (more: string) => {
    text += more
    if (maps !== '' || !text.includes('"watching"')) return
    maps = readFileSync(`/proc/${child.pid}/maps`, 'utf8')
    if (signal !== undefined) child.kill(signal)
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, by) => {
      const steps = text.split('\n').flatMap((line) => (line ? [JSON.parse(line) as Step] : []))
      resolve({ steps, code, signal: by, maps })
    })
  })
}

test('out of time: a last step that says so, and exit code 124', async () => {
  const { steps, code } = await watching('1')
  assert.equal(
    steps.map(({ step, during, name }) => [step, during, name]),
    [
      ['started', undefined, undefined],
      ['watching', undefined, undefined],
      ['failed', 'ready', 'TimeoutError'],
    ],
  )
  assert.is(code, 124)
})

for (const [signal, exit] of [
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const) {
  test(`${signal}: a last step that says so, and exit code ${exit}`, async () => {
    const { steps, code } = await watching('20', signal)
    assert.equal(
      steps.map(({ step, message }) => [step, message]),
      [
        ['started', undefined],
        ['watching', undefined],
        ['failed', `got ${signal}`],
      ],
    )
    assert.is(code, exit)
  })
}

test('SIGKILL leaves nothing behind, with unnamed files and without', async () => {
  const noTmpfile = join(project.folder, 'no-tmpfile.cjs')
  writeFileSync(
    noTmpfile,
    `const fs = require('node:fs'), { openSync } = fs
    fs.openSync = (path, flags, mode) => {
      if ((flags & 0o20000000) === 0) return openSync(path, flags, mode)
      throw Object.assign(new Error('EOPNOTSUPP'), { code: 'EOPNOTSUPP' })
    }`,
  )
  for (const flags of [[], ['--require', noTmpfile]]) {
    const { signal, maps } = await watching('20', 'SIGKILL', ...flags)
    assert.is(signal, 'SIGKILL')
    assert.ok(maps.includes(`${folder}/`), 'the shim comes from the folder')
    assert.equal(readdirSync(folder), [])
  }
})

const why = obstacle()
if (why === undefined) test.run()
else if (process.env.CI) throw new Error(why)
else console.log(`place tests skipped: ${why}`)
