// as-pect: which specs, and how a compiled one is instantiated. Globs count from the working directory.

export default {
  entries: ['test/assembly/*.spec.ts'],
  include: ['test/assembly/*.include.ts'],
  disclude: [/node_modules/],
  instantiate: (memory, createImports, instantiate, binary) =>
    instantiate(binary, createImports({ env: { memory } })),
  outputBinary: false,
}
