// What an imported file of bytes is: base64, put in its place by the bundler.
declare module '*.wasm' {
  const base64: string
  export default base64
}
declare module '*.nls' {
  const base64: string
  export default base64
}
