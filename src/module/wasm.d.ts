// What an imported .wasm file is: its bytes in base64, inlined by the bundler.
declare module '*.wasm' {
  const base64: string
  export default base64
}
