// Statistics on SIGUSR1, for every command that runs until something happens.

/**
 * Prints `text()` on standard error for each SIGUSR1, until the function returned is called. To be called before
 * anything else is done: without a listener, SIGUSR1 starts the debugger of Node.js.
 */
export function tellOnSignal(text: () => string | undefined): () => void {
  const tell = () => {
    const told = text()
    if (told !== undefined) console.error(`netlink-wasm: ${told}`)
  }
  process.on('SIGUSR1', tell)
  return () => process.off('SIGUSR1', tell)
}
