// Prints, as JSON, "export: type" for each type of this package that an export of the .d.ts file given names, and that the
// file does not export. Plain JavaScript, as TypeScript's own API is in this folder's packages only.

import ts from 'typescript-5'

const [file] = process.argv.slice(2)
const { NodeNext } = ts.ModuleKind
const program = ts.createProgram([file], {
  ...{ module: NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
  ...{ lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'], types: [] },
})
const checker = program.getTypeChecker()

function declared(symbol) {
  return symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
}

function isOurs({ flags, declarations }) {
  const isParameter = (flags & ts.SymbolFlags.TypeParameter) !== 0
  return !isParameter && declarations?.[0]?.getSourceFile().fileName.includes('/build/types/')
}

const entry = checker.getSymbolAtLocation(program.getSourceFile(file))
const exported = new Set(checker.getExportsOfModule(entry).map(declared))
const missing = new Set()

function visit(node, owner) {
  const inherited = ts.isExpressionWithTypeArguments(node) ? node.expression : undefined
  const name = node.typeName ?? node.exprName ?? inherited
  const named = name && declared(checker.getSymbolAtLocation(name))
  if (named && isOurs(named) && !exported.has(named)) missing.add(`${owner}: ${named.name}`)
  ts.forEachChild(node, (child) => visit(child, owner))
}

for (const symbol of exported) {
  for (const declaration of symbol.declarations) visit(declaration, symbol.name)
}
console.log(JSON.stringify([...missing]))
