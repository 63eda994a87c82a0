// A shim out of the program's own text: an unnamed file that only this process can see, and the loader maps.
// In: the bytes of a library. Out: its exports, or what was tried. Leaves nothing behind, not even when the
// process is killed: the file has no name, or loses it before anything is written to it. Node only.

import { closeSync, constants, openSync, unlinkSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** __O_TMPFILE of include/uapi/asm-generic/fcntl.h; Node has no name for it. Of O_DIRECTORY there are two. */
const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY

/**
 * Where the file is made: the first of these that can be written to, and that is not mounted noexec. It
 * needs the size of a shim, for as long as the process lives.
 */
export function scratchDirectories(): string[] {
  const { XDG_RUNTIME_DIR, HOME } = process.env
  const wanted = [
    tmpdir(),
    '/tmp',
    '/var/tmp',
    '/dev/shm',
    XDG_RUNTIME_DIR,
    '/run',
    HOME,
    process.cwd(),
  ]
  return [...new Set(wanted.filter((path) => path?.startsWith('/')))] as string[]
}

/**
 * Loads a library from a file without a name. The descriptor stays open as long as the process (or the
 * worker) lives: the loader knows libraries by the path that they were loaded by, and a number used
 * again would give the wrong one.
 *
 * @throws whatever the system said, when the directory is of no use
 */
export function loadUnnamed<T>(bytes: Uint8Array, directory: string, load: (path: string) => T): T {
  const fd = openUnnamed(directory)
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at)
    return load(`/proc/self/fd/${fd}`)
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

/** O_EXCL: it can never be given a name. Where the file system has no O_TMPFILE, a name is taken away at once. */
function openUnnamed(directory: string): number {
  const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW } = constants
  try {
    return openSync(directory, O_TMPFILE | O_RDWR | O_EXCL, 0o600)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (!['EOPNOTSUPP', 'EISDIR', 'ENOENT', 'EINVAL'].includes(code)) throw error
  }
  // Not of node:crypto, whose import takes milliseconds, and which is not needed elsewhere.
  const path = join(directory, `.netlink-${crypto.randomUUID()}`)
  const fd = openSync(path, O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW, 0o600)
  try {
    unlinkSync(path)
  } catch (error) {
    closeSync(fd)
    throw error
  }
  return fd
}
