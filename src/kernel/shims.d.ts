// What native/build.mjs has written: the shims behind each other, as brotli in base64, and by architecture
// where in the unpacked bytes each begins and ends.
declare module '*/shims.mjs' {
  const shims: {
    readonly places: Readonly<Record<string, readonly [start: number, end: number] | undefined>>
    readonly packed: string
  }
  export default shims
}
