// The module's specs: generates the golden vectors' include, runs as-pect, and believes no empty pass.
// as-pect says "Pass!" and exits 0 when no spec matched, so results are counted against the files here.

import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generate } from './generate.ts'

/** A crash prints the compiler's own minified source; nobody reads on behind this. */
const LINE_MAX = 400
/** A length that is added up wrongly may loop for ever. */
const TIMEOUT_MS = 120_000

const here = fileURLToPath(new URL('.', import.meta.url))
const root = fileURLToPath(new URL('../..', import.meta.url))
const specs = readdirSync(here).filter((name) => name.endsWith('.spec.ts'))
const vectors = generate()

// Not bin/asp.js, which runs the `node` of PATH instead of this one.
const asp = join(createRequire(import.meta.url).resolve('@as-pect/cli'), '../test.js')
const config = ['--config', 'test/assembly/as-pect.config.js']
const asconfig = ['--as-config', 'test/assembly/as-pect.asconfig.json']
const child = spawn(process.execPath, [asp, ...config, ...asconfig, '--summary'], {
  cwd: root,
  timeout: TIMEOUT_MS,
})

let output = ''
for (const stream of [child.stdout, child.stderr]) {
  stream.setEncoding('utf8')
  stream.on('data', (text: string) => {
    output += text
  })
}

child.on('close', (status) => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: as-pect colours its output whether asked to or not
  const plain = output.replace(/\x1b\[[0-9;]*m/g, '')
  const ran = plain.matchAll(/^✔ (?:.*\/)?(\S+\.spec\.ts) Pass: (\d+) \/ (\d+)/gm)
  const passed = new Map(
    [...ran].map(([, file, pass, all]) => [file, pass === all ? Number(pass) : 0]),
  )
  const failed = specs.filter((name) => !passed.get(name))
  const tests = [...passed.values()].reduce((sum, count) => sum + count, 0)
  const isGolden = vectors > 0 && passed.get('golden.spec.ts') === vectors
  const isFine = status === 0 && specs.length > 0 && failed.length === 0 && isGolden
  if (!isFine) {
    for (const line of plain.split('\n')) console.log(line.slice(0, LINE_MAX))
    if (failed.length > 0) console.log(`failed, or did not run: ${failed.join(', ')}`)
  }
  console.log(
    `assembly: ${passed.size} of ${specs.length} spec files, ${tests} tests, ${vectors} golden vectors: ${isFine ? 'pass' : 'FAIL'}`,
  )
  process.exitCode = isFine ? 0 : 1
})
