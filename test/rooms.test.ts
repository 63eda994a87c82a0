// The plan of src/: entries alone lie at its top, each room imports only those below it, and one name is one thing.

import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

/** From the ground up. A room imports rooms of lower floors, so that there is no circle. */
const FLOORS = [
  ['base'],
  ['module'],
  ['message'],
  ['capture', 'schema'],
  ['tree'],
  ['filter', 'objects'],
  ['kernel', 'viewer'],
  ['request'],
  ['monitor'],
  ['cloud-init', 'record', 'testing', 'tools'],
  ['cli'],
]

const root = fileURLToPath(new URL('../', import.meta.url))
/** Where `#kernel` leads to in Node.js; in browsers, to a file beside it. */
const KERNEL = 'src/kernel/sockets.ts'
const files = ['src', 'assembly'].flatMap((folder) =>
  readdirSync(root + folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(ts|mjs)$/.test(path))
    .map((path) => `${folder}/${path}`),
)
const roomOf = (path: string) => /^src\/([\w-]+)\//.exec(path)?.[1] ?? ''
const floorOf = (path: string) => FLOORS.findIndex((rooms) => rooms.includes(roomOf(path)))
const imports = files.flatMap((from) => {
  const text = readFileSync(root + from, 'utf8')
  const found = text.matchAll(/\b(?:from|import) ?\(?'(\.[^']+|#kernel)'/g)
  return Array.from(found, ([, path = '']) => ({
    from,
    to: path === '#kernel' ? KERNEL : posix.join(posix.dirname(from), path),
  })).filter(({ to }) => to.startsWith('src/'))
})

test('the top of src/ holds the entries that package.json names, and nothing else', () => {
  const { exports } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))
  const named = JSON.stringify(exports).matchAll(/build\/(?:types\/)?(\w+)\.(?:d\.ts|js)/g)
  const entries = new Set(Array.from(named, ([, name]) => `src/${name}.ts`))
  const top = files.filter((path) => /^src\/[^/]+$/.test(path))
  assert.ok(top.length >= 4)
  assert.equal(
    top.filter((path) => !entries.has(path)),
    [],
  )
})

test('a room imports no room above it, none beside it and no entry', () => {
  const between = imports.filter(({ from, to }) => roomOf(from) && roomOf(from) !== roomOf(to))
  assert.ok(between.length > 200, `expected the imports between rooms, got ${between.length}`)
  const isDown = (from: string, to: string) => floorOf(to) >= 0 && floorOf(to) < floorOf(from)
  assert.equal(
    between.filter(({ from, to }) => !isDown(from, to)),
    [],
  )
})

test('the fields of a record are read in message/, and by the slots of module/, alone', () => {
  const layouts = /import \{([^}]*)\} from '[./]*assembly\/(?:contract|record-layout)\.js'/g
  const place = /\b(RECORDS|RECORD_[A-Z_]+|(LINK|ADDRESS|ROUTE|NEIGHBOUR|RULE)_[A-Z_]+)\b/
  const readers = files.filter((path) => {
    const text = path.startsWith('src/') ? readFileSync(root + path, 'utf8') : ''
    return [...text.matchAll(layouts)].some(([, names = '']) => place.test(names))
  })
  assert.ok(readers.length >= 4, `expected the readers of records, got ${readers}`)
  assert.equal(
    readers.filter((path) => !/^src\/(message\/|module\/slots\.ts$)/.test(path)),
    [],
  )
})

test("the schema's compiler is apart from what is shipped", () => {
  const isCompiler = (path: string) => path.startsWith('src/schema/compiler/')
  assert.ok(imports.some(({ to }) => isCompiler(to)))
  assert.equal(
    imports.filter(({ from, to }) => isCompiler(to) && !isCompiler(from)),
    [],
  )
})

test('no two files have the same name, nor one the plural of the other', () => {
  const nameOf = (path: string) => posix.basename(path).replace(/s?\.\w+$/, '')
  const names = files.filter((path) => !path.endsWith('.d.ts')).map(nameOf)
  assert.equal(
    names.filter((name, at) => names.indexOf(name) !== at),
    [],
  )
})

/** Two forms of one thing, between which `#kernel` chooses. */
const CHOSEN = ['SocketEndpoint', 'openNetns']

test('no two files of src/ export the same name', () => {
  const places = new Map<string, string[]>()
  for (const path of files.filter((one) => one.startsWith('src/') && !one.endsWith('.d.ts'))) {
    const exported = readFileSync(root + path, 'utf8').matchAll(
      /^export (?:abstract |async )?(?:const|let|function\*?|class|interface|type) ([\w$]+)/gm,
    )
    for (const [, name = ''] of exported) places.set(name, [...(places.get(name) ?? []), path])
  }
  assert.ok(places.size > 300, `expected hundreds of names, got ${places.size}`)
  const twice = [...places].filter(
    ([name, paths]) => new Set(paths).size > 1 && !CHOSEN.includes(name),
  )
  assert.equal(twice, [])
})

test.run()
