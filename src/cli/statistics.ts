// Statistics on SIGUSR1: a command that runs on prints what it has counted so far, as one JSON object on standard error.

/** The counters of the running command as text. SIGUSR1 prints nothing without them. */
let counted: (() => string | undefined) | undefined

/** Called at the start of every command: without a listener, SIGUSR1 starts the debugger of Node.js, which opens a port. */
export function catchStatisticsSignal(): void {
  process.on('SIGUSR1', () => {
    const text = counted?.()
    if (text !== undefined) console.error(`netlink-wasm: ${text}`)
  })
}

/** Prints `text()` for each SIGUSR1, until the function returned is called; nothing while it is undefined. */
export function tellOnSignal(text: () => string | undefined): () => void {
  counted = text
  return () => {
    counted = undefined
  }
}
