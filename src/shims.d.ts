// What native/build.mjs has written: by architecture, the shim as brotli in base64.
declare module '*/shims.mjs' {
  const shims: Readonly<Record<string, string | undefined>>
  export default shims
}
