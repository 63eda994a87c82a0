// What an imported .pack file is: its text, inlined by the bundler.
declare module '*.pack' {
  const text: string
  export default text
}
