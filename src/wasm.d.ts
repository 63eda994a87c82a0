// What an imported .wasm file is: its bytes, inlined by the bundler.
declare module '*.wasm' {
  const bytes: Uint8Array<ArrayBuffer>
  export default bytes
}
