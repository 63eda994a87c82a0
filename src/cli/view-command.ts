// `netlink-wasm view`: makes a page with the viewer, with or without a capture in it.
// In: a file's path, - for standard input, or nothing. Out: the path of an HTML file, which is opened if there is a display.

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { writeWholeFile } from './whole-file.js'

/** The place of a capture in the page. */
const PLACE = '<script type="application/octet-stream" id="capture" data-name=""></script>'
/** Browsers do not open much larger pages. A larger file can be dropped on the viewer. */
const MAX_EMBEDDED = 256 * 1024 * 1024
/** The page's file mode: a capture may contain keys. */
const OWNER_ONLY = 0o600

export interface ViewOptions {
  /** The path of the built viewer. */
  viewer: string
  output?: string | undefined
}

/**
 * Makes a page with a capture. Without one, the page is the viewer itself.
 *
 * @returns the page's path
 * @throws Error if the viewer was not built, or the capture is too large for a page
 */
export async function makePage(file: string | undefined, options: ViewOptions): Promise<string> {
  const { viewer, output } = options
  if (!existsSync(viewer)) throw new Error(`expected the viewer at ${viewer}, got nothing`)
  if (file === undefined && output === undefined) return viewer
  const html = await readFile(viewer, 'utf8')
  const path = output ?? join(await mkdtemp(join(tmpdir(), 'netlink-view-')), 'capture.html')
  const page = file === undefined ? html : html.replace(PLACE, await embedded(file))
  writeWholeFile(path, Buffer.from(page), file === undefined ? undefined : OWNER_ONLY)
  return path
}

async function embedded(file: string): Promise<() => string> {
  const isStandardInput = file === '-'
  const bytes = isStandardInput ? await readAll(process.stdin) : await readWhole(file)
  const text = bytes.toString('base64')
  const name = (isStandardInput ? 'standard input' : basename(file)).replace(/[^\w. -]/g, '_')
  // A function, because `$` has a meaning in a replacement string.
  return () => PLACE.replace('data-name=""', `data-name="${name}"`).replace('></', `>${text}</`)
}

async function readWhole(file: string): Promise<Buffer> {
  checkSize((await stat(file)).size)
  return readFile(file)
}

/** The bytes of a stream, up to its end. */
async function readAll(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream) {
    size += chunk.length
    checkSize(size)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function checkSize(size: number): void {
  if (size <= MAX_EMBEDDED) return
  throw new Error(
    `expected a capture of at most ${MAX_EMBEDDED} bytes, got ${size}: open the viewer and drop it there`,
  )
}

/** Opens a page in the user's browser, if there is a display. Does not wait for the browser. */
export function openPage(path: string): void {
  if (!process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) return
  // Absolute, so that no path looks like an option.
  const child = spawn('xdg-open', [resolve(path)], { stdio: 'ignore', detached: true })
  // Without xdg-open, the user has the printed path.
  child.on('error', () => {})
  child.unref()
}
