// What native/build.mjs has written: the shims in base64, by architecture.
declare module '*/shims.mjs' {
  const shims: Readonly<Record<string, string | undefined>>
  export default shims
}
