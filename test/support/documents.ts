// The documents of the repository, and the parts of them that tests can check: examples, links, headings.

import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { ROOT } from './package-files.ts'

export interface Example {
  /** The document that it is in. */
  path: string
  language: string
  code: string
  /** The indented block after it; undefined if there is none. */
  output: string | undefined
}

/** Paths of all documents, but for the golden vectors, which have tests of their own. */
export const DOCUMENTS: string[] = documentsIn('').sort()

function documentsIn(folder: string): string[] {
  return readdirSync(ROOT + folder, { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name)
    if (entry.isFile()) return path.endsWith('.md') ? [path] : []
    const isOurs = /^(assembly|native|src|test)\b/.test(path) && entry.name !== 'node_modules'
    return entry.isDirectory() && isOurs && path !== 'test/vectors' ? documentsIn(path) : []
  })
}

export function documentText(path: string): string {
  return readFileSync(ROOT + path, 'utf8')
}

/** Its examples are compared with the tools that they replace, by test/live/request-examples.test.ts. */
const COMPARED = 'src/request/README.md'

/** The fenced blocks of a document, or of all of them. */
export function examples(...paths: string[]): Example[] {
  const all = DOCUMENTS.filter((path) => path !== COMPARED)
  return (paths.length > 0 ? paths : all).flatMap((path) => {
    const blocks = documentText(path).matchAll(
      /^```(\w*)\n([\s\S]*?)^```\n(?:\n((?: {4}.*\n)+))?/gm,
    )
    return Array.from(blocks, ([, language = '', code = '', output]) => {
      return { path, language, code, output: output?.replace(/^ {4}/gm, '') }
    })
  })
}

/** Whether an example opens a socket of the kernel's, so that it runs with the live tests. */
export function isLive({ code }: Example): boolean {
  return /openLinkMonitor\(\)|openNetworkMonitor\((\)|\{ netns)|openNetlink\(|(dumpLinks|createBoundNetlinkSocket|recordSources)\(/.test(
    code,
  )
}

/** A document without what is in its code blocks. */
function proseOf(path: string): string {
  return documentText(path).replace(/^```[\s\S]*?^```$|^ {4}.*$/gm, '')
}

/** Targets of its links and pictures. */
export function linksOf(path: string): string[] {
  return Array.from(proseOf(path).matchAll(/\]\(([^)\s]+)\)/g), ([, target = '']) => target)
}

/** What a link may have after its `#`, as GitHub and npm make it from the headings. */
export function anchorsOf(path: string): string[] {
  return Array.from(proseOf(path).matchAll(/^#+ (.*)$/gm), ([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  )
}

/** Files of the repository that its text names in backticks. */
export function filesNamedIn(path: string): string[] {
  const names = proseOf(path).matchAll(/`((?:assembly|native|src|test)\/[\w./-]*)`/g)
  return Array.from(names, ([, name = '']) => name)
}
