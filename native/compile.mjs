// Compiles one shim: in come an architecture and a compiler for it, out goes a file, the same bytes wherever and
// whenever it is made. Works in a folder of its own, which it removes; touches nothing else but the file.

import { execFile } from 'node:child_process'
import { copyFileSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { headers, native } from './sources.mjs'

/**
 * In a folder of its own, as node-gyp empties its ./build, and so that no path of it gets into the file.
 *
 * @throws Error with all that the compiler has said
 */
export async function compile(arch, compiler, target) {
  const folder = mkdtempSync(join(tmpdir(), 'netlink-shim-'))
  try {
    for (const entry of readdirSync(native, { withFileTypes: true })) {
      if (entry.isFile()) copyFileSync(join(native, entry.name), join(folder, entry.name))
    }
    await build(folder, arch, compiler)
    // Renamed into place, not overwritten: a process may have the old file mapped.
    copyFileSync(join(folder, 'build', 'Release', 'netlink.node'), `${target}.new`)
    renameSync(`${target}.new`, target)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function build(folder, arch, compiler) {
  const require = createRequire(import.meta.url)
  const nodedir = headers()
  const args = [
    require.resolve('node-gyp/bin/node-gyp.js'),
    ...['-C', folder, 'rebuild', '--release', `--arch=${arch}`],
    ...(nodedir === undefined ? [] : [`--nodedir=${nodedir}`]),
  ]
  const options = {
    maxBuffer: 64 * 1024 * 1024,
    env: {
      ...process.env,
      CXX: compiler,
      // gyp links with CXX, and calls LINK nowhere else.
      LINK: compiler,
      NODE_ADDON_API: dirname(require.resolve('node-addon-api/package.json')),
      // binding.gyp calls `node`: let it be this one.
      PATH: dirname(process.execPath) + delimiter + process.env.PATH,
    },
  }
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      if (error === null) resolve()
      else
        reject(
          new Error(
            `${stdout}${stderr}${error.message}\nThe native shim for ${arch} did not build.`,
          ),
        )
    })
  })
}
