// Asks a C compiler what UAPI headers say: which header defines what, and what expressions evaluate to.
// In: a folder of headers, identifiers, expressions. Out: headers and values. It never reads outside that
// folder but for the C library's own headers, and leaves nothing behind.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Which headers define an identifier, a struct as `struct TAG`. */
export type Index = Map<string, string[]>

const ROOTS = ['linux', 'drm', 'misc', 'rdma', 'scsi', 'asm-generic']

/** Reads every header of a folder that may hold netlink's. */
export function indexHeaders(folder: string): Index {
  const index: Index = new Map()
  const roots = ROOTS.filter((root) => existsSync(join(folder, root)))
  for (const root of roots) {
    for (const name of (readdirSync(join(folder, root), { recursive: true }) as string[]).sort()) {
      if (name.endsWith('.h')) addHeader(index, `${root}/${name}`, join(folder, root, name))
    }
  }
  return index
}

function addHeader(index: Index, header: string, file: string): void {
  const text = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, ' ')
  const found = new Set<string>()
  for (const [, name] of text.matchAll(/^[ \t]*#[ \t]*define[ \t]+(\w+)/gm))
    found.add(name as string)
  for (const [, tag] of text.matchAll(/\bstruct\s+(\w+)\s*\{/g)) found.add(`struct ${tag}`)
  for (const [, body] of text.matchAll(/\benum\b[^;{]*\{([^}]*)\}/g)) {
    for (const [name] of (body as string).matchAll(/\b[A-Za-z_]\w*/g)) found.add(name)
  }
  for (const name of found) index.set(name, [...(index.get(name) ?? []), header])
}

export interface Question {
  header: string
  expression: string
}

/** What each question's expression is, undefined where it does not compile with its header. */
export function evaluate(folders: string[], questions: Question[]): (bigint | undefined)[] {
  const answers: (bigint | undefined)[] = new Array(questions.length).fill(undefined)
  const byHeader = new Map<string, number[]>()
  questions.forEach(({ header }, index) => {
    byHeader.set(header, [...(byHeader.get(header) ?? []), index])
  })
  const work = mkdtempSync(join(tmpdir(), 'netlink-wasm-'))
  try {
    for (const [header, indices] of byHeader) {
      const chosen = indices.map((index): [number, string] => [
        index,
        (questions[index] as Question).expression,
      ])
      for (const [index, value] of run(work, folders, header, chosen)) answers[index] = value
    }
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
  return answers
}

const PREAMBLE = ['#include <stddef.h>', '#include <stdint.h>', 'int printf(const char *, ...);']

/** Compiles and runs one header's questions; what gcc rejects is left out and the rest tried again. */
function run(
  work: string,
  folders: string[],
  header: string,
  questions: [index: number, expression: string][],
): [index: number, value: bigint][] {
  return (
    ask(work, folders, header, questions, ['#include <sys/socket.h>']) ??
    ask(work, folders, header, questions, []) ??
    []
  )
}

/** The same with these lines first; undefined where the header itself does not compile behind them. */
function ask(
  work: string,
  folders: string[],
  header: string,
  questions: [index: number, expression: string][],
  first: string[],
): [index: number, value: bigint][] | undefined {
  let left = questions
  const include = needs(header).map((name) => `#include <${name}>`)
  const head = [...first, ...PREAMBLE, ...include, 'int main(void) {']
  for (let attempt = 0; attempt < 20 && left.length > 0; attempt++) {
    const lines = left.map(([index, expression]) => {
      return `printf("${index} %lld\\n", (long long)(${expression}));`
    })
    writeFileSync(join(work, 'ask.c'), [...head, ...lines, '}', ''].join('\n'))
    const options = ['-fmax-errors=0', '-w', '-fdiagnostics-format=text', '-o', 'ask', 'ask.c']
    const paths = folders.flatMap((folder) => ['-I', folder])
    const compiled = spawnSync('gcc', [...paths, ...options], { cwd: work, encoding: 'utf8' })
    if (compiled.error !== undefined) throw compiled.error
    if (compiled.status === 0) {
      const { stdout } = spawnSync(join(work, 'ask'), { encoding: 'utf8' })
      return stdout
        .trim()
        .split('\n')
        .map((line) => line.split(' '))
        .map(([index, value]) => [Number(index), BigInt(value as string)])
    }
    const bad = new Set<number>()
    for (const [, line] of compiled.stderr.matchAll(/^ask\.c:(\d+):\d+: (error|note: in exp)/gm)) {
      bad.add(Number(line) - head.length - 1)
    }
    const kept = left.filter((_, place) => !bad.has(place))
    if (kept.length === left.length) return undefined
    left = kept
  }
  return []
}

/** A header and what has to stand before it, as it does not include that itself. */
function needs(header: string): string[] {
  const before: Record<string, string[]> = {
    'linux/netfilter/nfnetlink_osf.h': ['linux/ip.h', 'linux/tcp.h'],
  }
  return [
    'linux/types.h',
    'linux/netlink.h',
    'linux/netfilter/nfnetlink.h',
    ...(before[header] ?? []),
    header,
  ]
}
