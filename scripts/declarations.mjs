// The types that are published, out of what tsc has declared, a file a module: one file that holds each
// declaration that an entry leads to, word for word, and a file an entry that names what it exports.
// In: a folder as `tsc -p .` writes it. Out: a folder of those files alone; what each entry exports.
// Reads tsc's own layout, a statement begins at column 0, and throws where it finds another.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

const SHARED = 'declarations'
const DECLARATION =
  /^(?:export )?(?:declare )?(?:abstract )?(?:const|function|class|interface|type) ([\w$]+)/

/** Statements with the comments above them; comments that belong to none are dropped. */
function statementsOf(text) {
  const statements = []
  let comment = ''
  for (const block of text.split(/\n(?=(?:export|import|declare|interface|type) |\/[*/])/)) {
    const code = block.trimEnd()
    const last = statements.at(-1)
    // tsc leaves comments between the parts of a type where they are: at column 0.
    if (last && !isWhole(last.code)) last.code += `\n${code}`
    else if (code.startsWith('/**')) comment = `${code}\n`
    else if (!code.startsWith('//')) {
      statements.push({ comment, code })
      comment = ''
    }
  }
  return statements
}

const isWhole = (code) =>
  code.endsWith(';') || (code.endsWith('}') && /\b(class|interface) /.test(code))

/** `a, type B, C as D` → [{ name: 'C', as: 'D', isType: false }, …] */
function specifiers(list, isType) {
  return list
    .split(',')
    .map((one) => /^(type )?([\w$]+)(?: as ([\w$]+))?$/.exec(one.trim()))
    .filter((match) => match !== null)
    .map(([, type, name, as = name]) => ({ name, as, isType: isType || type !== undefined }))
}

/** One module: its declarations, by name; where its other names come from; what it passes on. */
function parse(path) {
  const module = { path, declared: new Map(), imported: new Map(), exported: [], passedOn: [] }
  for (const { comment, code } of statementsOf(readFileSync(path, 'utf8'))) {
    const from = /^(import|export) (type )?(?:\{([\s\S]*)\}|\*) from '([^']+)';$/.exec(code)
    if (from) {
      const [, kind, type, list, specifier] = from
      const source = specifier.startsWith('.')
        ? resolve(dirname(path), specifier.replace(/\.js$/, '.d.ts'))
        : specifier
      if (list === undefined) module.passedOn.push(source)
      for (const one of specifiers(list ?? '', type !== undefined)) {
        if (kind === 'import') module.imported.set(one.as, { ...one, source })
        else module.exported.push({ ...one, source })
      }
      continue
    }
    if (code === 'export {};') continue
    const name = DECLARATION.exec(code)?.[1]
    if (name === undefined) throw new Error(`expected a declaration, got ${code} in ${path}`)
    const overloads = module.declared.get(name)
    const text = `${comment}${code}`
    if (!overloads && code.startsWith('export '))
      module.exported.push({ name, as: name, source: path })
    module.declared.set(name, overloads ? `${overloads}\n${text}` : text)
  }
  return module
}

/** Its words, without what comments and strings say. */
function wordsOf(text) {
  const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*|'[^'\n]*'/g, ' ')
  return new Set(code.match(/[A-Za-z_$][\w$]*/g))
}

/** Merges the declarations of `entries`, names without an ending, which lie in `from`/src, into the folder `to`. */
export function mergeDeclarations(from, to, entries) {
  const modules = new Map()
  const moduleAt = (path) => {
    if (!modules.has(path)) modules.set(path, parse(path))
    return modules.get(path)
  }

  /** All that a module exports, as { name, as, isType, source }. */
  const exportsOf = (path) => {
    const { exported, passedOn } = moduleAt(path)
    return [...exported, ...passedOn.flatMap((source) => exportsOf(source))]
  }

  /** Where a name of a module is declared: [path, name], or undefined for what is not this package's. */
  const origin = (path, name) => {
    const { declared, imported } = moduleAt(path)
    if (declared.has(name)) return [path, name]
    const found = imported.get(name) ?? exportsOf(path).find(({ as }) => as === name)
    if (!found || !existsSync(found.source)) return undefined
    if (found.name !== name) throw new Error(`expected ${name} to have one name, in ${path}`)
    return origin(found.source, found.name)
  }

  const kept = new Map()
  const foreign = new Set()
  const keep = (path, name) => {
    const at = origin(path, name)
    if (!at) {
      const found = moduleAt(path).imported.get(name)
      if (found) foreign.add(`import type { ${name} } from '${found.source}';`)
      return
    }
    const [source, text] = [at[0], moduleAt(at[0]).declared.get(name)]
    if (kept.has(name)) {
      if (kept.get(name).source !== source) throw new Error(`expected one ${name}, got two`)
      return
    }
    kept.set(name, { source, text })
    for (const word of wordsOf(text)) keep(source, word)
  }

  const surfaces = new Map()
  for (const entry of entries) {
    const names = new Map()
    for (const { as, isType, source } of exportsOf(join(from, 'src', `${entry}.d.ts`))) {
      names.set(as, { isType: isType === true, source })
    }
    for (const [name, { source }] of names) keep(source, name)
    surfaces.set(entry, names)
  }

  const declarations = [...kept.values()].map(({ text }) =>
    text.replaceAll(/^ +/gm, (indent) => indent.replaceAll('    ', '\t')),
  )
  writeFileSync(join(to, `${SHARED}.d.ts`), [...foreign, ...declarations, ''].join('\n'))
  for (const [entry, names] of surfaces) {
    const list = [...names].map(([name, { isType }]) => (isType ? `type ${name}` : name)).sort()
    const text = `export { ${list.join(', ')} } from './${SHARED}.js';\n`
    writeFileSync(join(to, `${entry}.d.ts`), text)
  }
  return { surfaces, declarationOf: (name) => kept.get(name)?.text ?? '' }
}
