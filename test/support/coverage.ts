// How much of a capture's attributes the schema names and types.
// In: trees, or files. Out: for each family, attributes and distinct paths: how many there are, are named, are typed.
// An attribute counts as typed only with all of its value: every node below it that is no attribute itself.

import { createReadStream } from 'node:fs'
import { readCapture } from 'netlink-wasm/capture'
import { Dissector, type Tree, type TreeNode } from 'netlink-wasm/decoder'
import schema from 'netlink-wasm/schema/all'

/** Families whose own specified attributes must all be typed. */
export const ROUTE_FAMILIES = ['rt-link', 'rt-addr', 'rt-route', 'rt-neigh', 'rt-rule']

export interface Share {
  all: number
  named: number
  typed: number
}

export interface FamilyCoverage {
  attributes: Share
  /** Distinct paths, repeats and array indices left out; typed if every attribute with it is. */
  paths: Share
}

interface PathState {
  named: boolean
  typed: boolean
  /** One attribute that is not: what it is instead, and where. */
  why: string | undefined
}

export class Coverage {
  readonly #paths = new Map<string, Map<string, PathState>>()
  readonly #attributes = new Map<string, Share>()
  /** Attributes that the kernel's own specs define, by family. */
  readonly specified = new Map<string, Share>()
  frames = 0

  add(tree: Tree, where: string): void {
    let family = ''
    for (const node of tree) {
      family = node.family ?? family
      if (isAttribute(node)) this.#count(family, node, where)
    }
  }

  #count(family: string, node: TreeNode, where: string): void {
    const named = node.status !== 'unknown'
    const bad = named ? untyped(node) : node
    count(this.#attributes, family, named, !bad)
    if (node.source === 'spec') count(this.specified, family, named, !bad)
    const paths = this.#paths.get(family) ?? new Map<string, PathState>()
    this.#paths.set(family, paths)
    const path = node.path.replace(/\[\d+\]/g, '')
    const state = paths.get(path) ?? { named: true, typed: true, why: undefined }
    paths.set(path, state)
    state.named &&= named
    state.typed &&= bad === undefined
    if (bad) state.why ??= `${bad.status}, ${bad.valueEnd - bad.valueStart} bytes, ${where}`
  }

  get families(): Map<string, FamilyCoverage> {
    const found = new Map<string, FamilyCoverage>()
    for (const [family, attributes] of [...this.#attributes].sort()) {
      const states = [...(this.#paths.get(family) as Map<string, PathState>).values()]
      const paths = {
        all: states.length,
        named: states.filter((state) => state.named).length,
        typed: states.filter((state) => state.typed).length,
      }
      found.set(family, { attributes, paths })
    }
    return found
  }

  get total(): FamilyCoverage {
    const add = (a: Share, b: Share) => ({
      all: a.all + b.all,
      named: a.named + b.named,
      typed: a.typed + b.typed,
    })
    const none = { all: 0, named: 0, typed: 0 }
    let sum: FamilyCoverage = { attributes: none, paths: none }
    for (const { attributes, paths } of this.families.values()) {
      sum = { attributes: add(sum.attributes, attributes), paths: add(sum.paths, paths) }
    }
    return sum
  }

  /** Paths that are not typed, each with a reason. */
  get untyped(): string[] {
    const lines: string[] = []
    for (const states of this.#paths.values()) {
      for (const [path, { typed, why }] of states) if (!typed) lines.push(`${path}: ${why}`)
    }
    return lines.sort()
  }
}

function count(shares: Map<string, Share>, key: string, named: boolean, typed: boolean): void {
  const share = shares.get(key) ?? { all: 0, named: 0, typed: 0 }
  shares.set(key, share)
  share.all++
  if (named) share.named++
  if (typed) share.typed++
}

/** What the schema names and types in files, each read twice: the families' numbers stand anywhere in it. */
export async function coverageOf(files: readonly string[]): Promise<Coverage> {
  const coverage = new Coverage()
  for (const file of files) {
    const dissector = new Dissector({ schema })
    for await (const frame of readCapture(createReadStream(file))) dissector.learnFrame(frame)
    for await (const frame of readCapture(createReadStream(file))) {
      const tree = dissector.dissectFrame(frame)
      if (tree) coverage.add(tree, `frame ${frame.number} of ${file.split('/').at(-1)}`)
      coverage.frames++
    }
  }
  return coverage
}

/** Attributes, and array elements that are attributes: what has an nlattr header of its own. */
function isAttribute(node: TreeNode): boolean {
  const hasHeader = node.valueStart === node.start + 4
  return node.kind === 'attribute' || (node.kind === 'element' && hasHeader && isIndexed(node))
}

const TYPE_INDEXED = 21
const TYPE_TYPE_VALUE = 22

function isIndexed(node: TreeNode): boolean {
  const type = node.parent?.type
  return type === TYPE_INDEXED || type === TYPE_TYPE_VALUE
}

/** The first node of an attribute's own value that is not typed; undefined if all are. */
function untyped(node: TreeNode): TreeNode | undefined {
  if (node.status !== 'typed') return node
  for (const child of node.children) {
    if (isAttribute(child) || child.kind === 'padding') continue
    const bad = child.status !== 'typed' || child.kind === 'malformed' ? child : untyped(child)
    if (bad) return bad
  }
  return undefined
}
