// What is in the package and what for, a row a kind of file; and what of it is there.

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Unpacked, with all shims; without the viewer, the documents and the types of the families. A third of it is the names of
 * all families.
 */
export const UNPACKED_MAX = 1_775_000

interface Kind {
  what: string
  why: string
  pattern: RegExp
}

const DOCUMENT = /^(LICENSE|package\.json|([\w-]+\/)*[A-Z]+\.md)$/
const PICTURE = /^test\/viewer\/screenshots\/\w+\.png$/
const ENTRIES = '(index|decoder|capture|testing|tools)'
const FAMILY_TYPES = /^build\/types\/families\/\w[\w-]*\.d\.ts$/

export const KINDS: Kind[] = [
  {
    what: 'documents',
    why: 'how to use it, what may be done with it',
    pattern: DOCUMENT,
  },
  {
    what: 'pictures',
    why: 'what the documents show',
    pattern: PICTURE,
  },
  {
    what: 'entries',
    why: 'what is imported; `schema/*` are data alone',
    pattern: new RegExp(`^build/(${ENTRIES}|schema/(link|rtnetlink|all))\\.js$`),
  },
  {
    what: 'the code of the entries',
    why: 'a chunk an entry, and what loads schemas; readable, docstrings are in the types',
    pattern: /^build\/chunks\/(index|decoder|capture|testing|edge)\.js$/,
  },
  {
    what: 'sockets',
    why: 'what `#kernel` is in Node.js, and in browsers',
    pattern: /^build\/(no-)?sockets\.js$/,
  },
  { what: 'the command', why: '`netlink-wasm`', pattern: /^build\/cli\.js$/ },
  {
    what: 'schemas',
    why: 'base64 of what names attributes; each family once',
    pattern: /^build\/chunks\/base64-(link|rtnetlink|others)\.js$/,
  },
  {
    what: 'the module',
    why: 'base64 of the WebAssembly module, for bundles',
    pattern: /^build\/chunks\/base64-netlink\.js$/,
  },
  {
    what: 'the module as a file',
    why: 'for `init({ wasm })`',
    pattern: /^build\/netlink\.wasm$/,
  },
  {
    what: 'shims',
    why: 'loaded where the package is installed; shims.json lists them',
    pattern: /^build\/(netlink-linux-(x64|arm64|arm|riscv64)\.node|shims\.json)$/,
  },
  {
    what: 'shims, carried',
    why: 'base64 of the same, for bundles that are one file',
    pattern: /^build\/chunks\/base64-shims\.js$/,
  },
  {
    what: 'types',
    why: 'as tsc declares them, those that an entry leads to',
    pattern: /^build\/types\/(src|assembly)\/.*\.d\.ts$/,
  },
  {
    what: 'types of the families',
    why: 'what each operation takes and gives; tsc reads them, nothing else does',
    pattern: FAMILY_TYPES,
  },
  { what: 'the viewer', why: '`netlink-wasm view`', pattern: /^build\/viewer\.html$/ },
]

export interface PackedFile {
  path: string
  size: number
}

/** The files that `npm pack` would put into the package, and the size of the tarball. */
export function packedFiles(): { files: PackedFile[]; size: number } {
  const args = ['pack', '--dry-run', '--ignore-scripts', '--json']
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd: ROOT, encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout)[0]
}

/** All bytes but those of the viewer, the documents, their pictures and the types of the families. */
export function unpackedSize(files: readonly PackedFile[]): number {
  return files
    .filter(
      ({ path }) =>
        path !== 'build/viewer.html' &&
        ![PICTURE, DOCUMENT, FAMILY_TYPES].some((pattern) => pattern.test(path)),
    )
    .reduce((sum, { size }) => sum + size, 0)
}
