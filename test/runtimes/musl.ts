// What a program made for glibc needs to run on musl, as Debian has no libstdc++ and npm no Node.js made for that.
// In: an architecture, a compiler for it, and musl-glue.c. Out: a folder of libraries, made once a process and
// removed at its end: libstdc++ and libgcc of the compiler, and the glue under the names of the rest.

import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const MADE = {
  x64: {
    compiler: 'gcc',
    options: [],
    libraries: '/usr/lib/x86_64-linux-gnu',
    loader: 'ld-linux-x86-64.so.2',
  },
  arm64: {
    compiler: 'aarch64-linux-gnu-gcc',
    options: ['-mno-outline-atomics'],
    libraries: '/usr/aarch64-linux-gnu/lib',
    loader: 'ld-linux-aarch64.so.1',
  },
}

const folders = new Map<string, string>()

export function muslLibraries(arch: keyof typeof MADE): string {
  const folder = folders.get(arch) ?? make(arch)
  folders.set(arch, folder)
  return folder
}

function make(arch: keyof typeof MADE): string {
  const { compiler, options, libraries, loader } = MADE[arch]
  const folder = mkdtempSync(join(tmpdir(), 'netlink-musl-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  for (const file of ['libstdc++.so.6', 'libgcc_s.so.1']) {
    copyFileSync(join(libraries, file), join(folder, file))
  }
  const source = fileURLToPath(new URL('musl-glue.c', import.meta.url))
  // Not all that it stands in for has the types that the compiler knows it by.
  const flags = ['-shared', '-fPIC', '-nostdlib', '-w', ...options]
  execFileSync(compiler, [...flags, '-o', join(folder, loader), source])
  copyFileSync(join(folder, loader), join(folder, 'libatomic.so.1'))
  return folder
}
