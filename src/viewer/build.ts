// Builds the viewer: one HTML file that contains everything it needs.
// In: src/viewer, its sample capture, and the built module and schema. Out: build/viewer.html, whose policy allows it to load nothing.

import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** A script as text that can be put into a page. */
async function script(entry: string, define: Record<string, string> = {}): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [here(entry)],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    charset: 'utf8',
    loader: { '.wasm': 'base64', '.nls': 'base64' },
    define,
    legalComments: 'none',
  })
  return outputFiles[0]?.text.trim().replaceAll('</script', '<\\/script') ?? ''
}

function hash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}

const worker = await script('worker/worker.ts')
const page = await script('page/page.ts', { WORKER_TEXT: JSON.stringify(worker) })
const styled = await build({
  entryPoints: [here('page/style.css')],
  minify: true,
  write: false,
  charset: 'utf8',
})
const style = styled.outputFiles[0]?.text.trim() ?? ''
// The worker is a Blob that the page makes, and runs under the same policy.
const policy = [
  "default-src 'none'",
  `script-src ${hash(page)} 'wasm-unsafe-eval'`,
  `style-src ${hash(style)}`,
  'worker-src blob:',
  "base-uri 'none'",
  "form-action 'none'",
]
const parts: Record<string, string> = {
  CSP: policy.join('; '),
  STYLE: style,
  SAMPLE: readFileSync(here('sample.pcapng'), 'base64'),
  SCRIPT: page,
}
const html = readFileSync(here('page/page.html'), 'utf8').replace(
  /\{\{(\w+)\}\}/g,
  (_, name: string) => parts[name] ?? '',
)
writeFileSync(here('../../build/viewer.html'), html)
