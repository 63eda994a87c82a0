// Loads a library from an open file, and from bytes: through an unnamed file that only this process can see.
// In: a descriptor, or bytes. Out: the library's exports, or an error. Leaves nothing behind, not even when the process
// is killed: the file has no name, or is unlinked before anything is written to it. Node only.

import { closeSync, constants, openSync, readlinkSync, unlinkSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** __O_TMPFILE of include/uapi/asm-generic/fcntl.h; Node has no name for it. Of O_DIRECTORY there are two. */
const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY

/**
 * Where the file is created: in the first of these that is writable and not mounted noexec. It takes the size of a
 * shim there, as long as the process lives.
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
 * Loads the library that `fd` has open, after `prepare`. The descriptor stays open as long as the process, or the worker,
 * lives: the C library identifies a library by its path, and would return it for another file whose descriptor has the
 * same number. The thread's id in the path makes a number unique that another worker has used before.
 *
 * @throws the error of `prepare` or of the system; then the descriptor is closed
 */
export function loadOpened<T>(fd: number, prepare: () => void, load: (path: string) => T): T {
  try {
    prepare()
    return load(`/proc/${threadDirectory()}/fd/${fd}`)
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

/** `PID/task/TID`, or `self` if the runtime may not read that. */
function threadDirectory(): string {
  try {
    return readlinkSync('/proc/thread-self')
  } catch {
    return 'self'
  }
}

/** Loads a library from a file without a name. Throws the system's error if the directory cannot be used. */
export function loadUnnamed<T>(bytes: Uint8Array, directory: string, load: (path: string) => T): T {
  const fd = openUnnamed(directory)
  const write = () => {
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at)
  }
  return loadOpened(fd, write, load)
}

/** O_EXCL: it can never be given a name. If the file system has no O_TMPFILE, a named file is unlinked at once. */
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
