// What was tried on the command line and on recordings: readers that stop, disks that are full, kills.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { unshare } from '../support/namespace.ts'
import type { Attack } from './attack.ts'

const script = fileURLToPath(new URL('command-tries.ts', import.meta.url))

/** Runs one of the tries in namespaces of its own, as it changes links and mounts a small disk. */
const tried = (name: string, times: number) => async (): Promise<string> => {
  const [file = '', ...args] = unshare('--mount')
  const node = [process.execPath, '--import', 'tsx', script, name, String(times)]
  const { stdout } = await promisify(execFile)(file, [...args, ...node])
  return stdout.trim()
}

export const attacks: Attack[] = [
  {
    name: '`watch` into a reader that has stopped',
    provoked: '200,000 events while nobody reads the pipe, then SIGTERM',
    before: '400 MB and growing; neither SIGTERM nor `--timeout` ended it',
    run: tried('watch', 200_000),
  },
  {
    name: '`record -` into a reader that has stopped',
    provoked: '200,000 events while nobody reads the pipe, then a reader again',
    before: 'ended with an error as soon as the pipe was full',
    run: tried('record', 200_000),
  },
  {
    name: 'every command that prints, into a full pipe',
    provoked: 'SIGINT, SIGTERM or SIGHUP once it waits for its reader',
    before: 'none ended',
    run: tried('signals', 1),
  },
  {
    name: 'a full disk under a recording',
    provoked: 'events until a tmpfs of 256 KB is full, 10 times',
    before: 'half a block at the end of the file',
    run: tried('full', 10),
  },
  {
    name: 'a full disk under what is printed',
    provoked: '`decode FILE > OUT` on a tmpfs of 16 KB',
    before: 'exit code 0, and 16 of 148 KB',
    run: tried('printed', 1),
  },
  {
    name: 'SIGKILL while recording',
    provoked: 'at a random moment of a storm of events, 200 times',
    before: 'one file in forty was cut by up to a whole wake-up',
    run: tried('kill', 200),
  },
  {
    name: 'keys in a recording',
    provoked: '`record` and `view --output` with a umask of 022',
    before: 'readable by everyone (0644)',
    run: tried('keys', 1),
  },
]
