// The viewer's worker without a browser, for tests: opens captures and answers requests.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { netlinkHeader, PcapngWriter } from 'netlink-wasm/capture'
import schema from 'netlink-wasm/schema/all'
import { concat } from 'netlink-wasm/testing'
import type { Session } from '../../src/viewer/worker/session.ts'
import type * as Protocol from '../../src/viewer/worker-protocol.ts'

export interface Opened {
  session: Session
  /** The last news of each kind. */
  news: Partial<Record<string, Protocol.WorkerMessage>>
}

export interface WorkerParts {
  protocol: typeof Protocol
  /** Opens a capture and reads it to its end. */
  open(bytes: Uint8Array, name?: string): Promise<Opened>
  close(): void
}

/** Bundles the worker's parts, as the build of the viewer does. */
export async function workerParts(): Promise<WorkerParts> {
  const folder = mkdtempSync(join(tmpdir(), 'netlink-worker-'))
  const outfile = join(folder, 'worker.mjs')
  const contents =
    'export { Session } from "./worker/session.ts"\nexport * as protocol from "./worker-protocol.ts"'
  await build({
    stdin: { contents, resolveDir: new URL('../../src/viewer', import.meta.url).pathname },
    outfile,
    bundle: true,
    format: 'esm',
    loader: { '.wasm': 'base64', '.nls': 'base64' },
  })
  const parts = await import(outfile)
  return {
    protocol: parts.protocol,
    async open(bytes, name = 'test.pcapng') {
      const news: Opened['news'] = {}
      const tell = (message: Protocol.WorkerMessage) => {
        if ('tell' in message) news[message.tell] = message
      }
      const blob = new Blob([bytes as Uint8Array<ArrayBuffer>])
      const session = new parts.Session(blob, name, schema, tell)
      await session.read()
      return { session, news }
    },
    close: () => rmSync(folder, { recursive: true }),
  }
}

/** A capture with these frames of rtnetlink, each of one message or more, a microsecond apart. */
export function captureOf(frames: Iterable<Uint8Array | Uint8Array[]>): Uint8Array {
  const writer = new PcapngWriter()
  const parts = [writer.start()]
  let timestamp = 1_700_000_000_000_000_000n
  for (const frame of frames) {
    timestamp += 1000n
    const messages = Array.isArray(frame) ? frame : [frame]
    const data = concat([netlinkHeader({ protocol: 0 }), ...messages])
    parts.push(writer.packet({ data, timestamp }))
  }
  return concat(parts)
}
