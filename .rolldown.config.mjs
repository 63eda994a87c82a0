// How src/ becomes what is published: `npm run build:js`, after the module, the shims and the schema are built.
// An entry each, and the chunks that entries share: so a process opens few files, and a page makes few round trips.
// What is base64 is in files of its own, so that no error quotes it.

import { readFileSync } from 'node:fs'

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'))

const LIBRARY = ['capture', 'decoder', 'testing', 'index', 'tools']
/**
 * In this order: each is a chunk of what it adds to those before it. What loads all schemas by `import()` is alone, as webpack
 * puts those beside the bundle of whoever shares a file with it.
 */
const CHUNKS = [
  ['capture', '/src/capture.ts'],
  ['decoder', '/src/decoder.ts'],
  ['edge', '/src/request/edge.ts'],
  ['testing', '/src/testing.ts'],
  ['index', '/src/index.ts'],
]

const nameOfBase64 = (id) => {
  // A page that imports this schema needs nothing of the entry that does so, too.
  if (id.endsWith('/src/schema/link.ts')) return 'base64-link'
  const [, name] = /\/build\/(?:schema\/)?(\w+)\.(?:wasm|nls|mjs)$/.exec(id) ?? []
  return name && `base64-${name}`
}

export default {
  input: {
    ...Object.fromEntries(LIBRARY.map((name) => [name, `src/${name}.ts`])),
    sockets: 'src/kernel/sockets.ts',
    'no-sockets': 'src/kernel/no-sockets.ts',
    'schema/link': 'src/schema/link.ts',
    'schema/rtnetlink': 'src/schema/rtnetlink.ts',
    'schema/all': 'src/schema/all.ts',
    cli: 'src/cli/main.ts',
  },
  external: [/^node:/, '#kernel'],
  platform: 'node',
  moduleTypes: { '.wasm': 'base64', '.nls': 'base64' },
  transform: { target: 'es2022', define: { VERSION: JSON.stringify(version) } },
  output: {
    dir: 'build',
    minify: false,
    // Docstrings are read in the declarations.
    comments: { legal: true, annotation: true, jsdoc: false },
    minifyInternalExports: false,
    chunkFileNames: 'chunks/[name].js',
    // A page asks for the module's bytes along with the code that needs them, and not a round trip later.
    banner: ({ name, isEntry }) =>
      isEntry && name === 'decoder' ? "import * as early from './chunks/base64-netlink.js'" : '',
    codeSplitting: {
      groups: [
        { debugName: 'base64', name: nameOfBase64, priority: CHUNKS.length + 1 },
        ...CHUNKS.map(([name, test], at) => ({ name, test, priority: CHUNKS.length - at })),
      ],
    },
  },
}
