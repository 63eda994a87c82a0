// What `npm run matrix` tries: a row a runtime, libc and architecture.
// In: nothing. Out: rows, whose commands are looked for when their turn comes, and what no row tries. Runs nothing.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type DebianArch, debianRoot } from './debian.ts'
import { muslLibraries } from './musl.ts'

export const runtimes: string = fileURLToPath(new URL('.', import.meta.url))

export interface Started {
  command: string[]
  env?: NodeJS.ProcessEnv
}

export interface Row {
  runtime: string
  libc: string
  arch: string
  /** @throws with the reason, when it cannot be had */
  start: () => Started
  /** Files that have to be there, and Debian's package of each. */
  needs?: [path: string, debian: string][]
  /** What runs is not the agent of the monitor but that of cloud-init's functions. */
  seed?: boolean
  /** Its times say nothing. */
  emulated?: boolean
  executable?: 20 | 26
}

function binary(name: string): string {
  const folder = join(runtimes, 'node_modules', name)
  const paths = ['bin/node', 'bin/bun', 'bin/deno', 'deno'].map((path) => join(folder, path))
  const found = paths.find((path) => existsSync(path))
  if (found === undefined) throw new Error(`npm's ${name} has not been installed`)
  return found
}

/** A qemu, Debian's name of the compiler and of what it brings, and musl's name of the architecture. */
const EMULATORS = {
  arm64: { qemu: '/usr/bin/qemu-aarch64-static', triple: 'aarch64-linux-gnu', debian: 'arm64' },
  arm: { qemu: '/usr/bin/qemu-arm-static', triple: 'arm-linux-gnueabihf', debian: 'armhf' },
  riscv64: { qemu: '/usr/bin/qemu-riscv64-static', triple: 'riscv64-linux-gnu', debian: 'riscv64' },
} as const
type Emulated = keyof typeof EMULATORS

const native = (name: string, runtime: string): Row => ({
  runtime,
  libc: 'glibc',
  arch: 'x64',
  start: () => ({ command: [binary(name)] }),
})

/** A program made for glibc, in a process whose libc is musl. */
const onMusl = (name: string, runtime: string): Row => ({
  runtime,
  libc: 'musl',
  arch: 'x64',
  needs: [
    ['/lib/ld-musl-x86_64.so.1', 'musl'],
    ['/usr/bin/gcc', 'gcc'],
  ],
  start: () => ({
    command: ['/lib/ld-musl-x86_64.so.1', binary(name)],
    env: { LD_LIBRARY_PATH: muslLibraries('x64') },
  }),
})

const emulated = (arch: Emulated, name: string, runtime: string): Row => {
  const { qemu, triple, debian } = EMULATORS[arch]
  return {
    runtime,
    libc: 'glibc',
    arch,
    emulated: true,
    needs: [
      [qemu, 'qemu-user-static'],
      [`/usr/${triple}/lib/libstdc++.so.6`, `libstdc++6-${debian}-cross`],
    ],
    start: () => ({ command: [qemu, '-L', `/usr/${triple}`, binary(name)] }),
  }
}

const debianNode = (arch: Emulated): Row => {
  const { qemu, debian } = EMULATORS[arch]
  return {
    runtime: "Debian's Node.js",
    libc: 'glibc',
    arch,
    emulated: true,
    needs: [[qemu, 'qemu-user-static']],
    start: () => {
      const root = debianRoot(debian satisfies DebianArch)
      return { command: [qemu, '-L', root, join(root, 'usr/bin/node')] }
    },
  }
}

const emulatedOnMusl = (name: string, runtime: string): Row => {
  const { qemu, triple } = EMULATORS.arm64
  return {
    runtime,
    libc: 'musl',
    arch: 'arm64',
    emulated: true,
    needs: [
      [qemu, 'qemu-user-static'],
      [`/usr/bin/${triple}-gcc`, `gcc-${triple}`],
      [`/usr/${triple}/lib/libstdc++.so.6`, 'libstdc++6-arm64-cross'],
    ],
    start: () => {
      const root = debianRoot('arm64')
      const libraries = `LD_LIBRARY_PATH=${muslLibraries('arm64')}`
      const loader = join(root, 'lib/ld-musl-aarch64.so.1')
      return { command: [qemu, '-L', root, '-E', libraries, loader, binary(name)] }
    },
  }
}

export const ROWS: Row[] = [
  native('node-20-oldest', 'Node.js'),
  native('node-20', 'Node.js'),
  native('node-22', 'Node.js'),
  native('node-24', 'Node.js'),
  native('node-26', 'Node.js'),
  { ...native('node-20', 'Node.js, single executable'), executable: 20 },
  { ...native('node-26', 'Node.js, single executable'), executable: 26 },
  onMusl('node-20-oldest', 'Node.js, made for glibc'),
  onMusl('node-20', 'Node.js, made for glibc'),
  onMusl('node-22', 'Node.js, made for glibc'),
  onMusl('node-24', 'Node.js, made for glibc'),
  onMusl('node-26', 'Node.js, made for glibc'),
  native('bun-glibc', 'Bun'),
  onMusl('bun-musl', 'Bun'),
  {
    ...native('deno-glibc', "Deno (cloud-init's functions)"),
    start: () => ({ command: [binary('deno-glibc'), 'run', '--allow-all'] }),
    seed: true,
  },
  emulated('arm64', 'node-arm64-20', 'Node.js'),
  emulated('arm64', 'node-arm64-26', 'Node.js'),
  debianNode('arm64'),
  emulatedOnMusl('node-arm64-20', 'Node.js, made for glibc'),
  emulated('arm64', 'bun-arm64-glibc', 'Bun'),
  emulated('arm', 'node-armv7l', 'Node.js'),
  debianNode('arm'),
  debianNode('riscv64'),
]

export const NOT_TRIED: [what: string, why: string][] = [
  [
    'a Node.js built for musl',
    'neither npm nor Debian has one. The one built for glibc runs on musl through the twenty functions of ' +
      'test/runtimes/musl-glue.c, so that allocation, threads, loading and system calls are those of musl',
  ],
  [
    'musl on arm and riscv64',
    "on arm the two differ in the size of a time; Debian's Node.js for riscv64 needs more of glibc",
  ],
  [
    'real arm64, arm and riscv64 machines',
    'emulated by qemu-user; netlink itself is that of the x64 kernel',
  ],
  ['macOS, Windows, browsers', 'by a mocked platform, and by browser bundles, in the tests'],
]
