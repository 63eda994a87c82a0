// A progress bar on a terminal's standard error, drawn at most ten times a second.
// In: bytes read, and the total. Out: one line that is redrawn, and removed at the end; nothing if there is no terminal.

const WIDTH = 30
const REDRAW_MS = 100

export interface ProgressBar {
  update(progress: { bytesRead: number }): void
  end(): void
}

export function progressBar(
  stream: NodeJS.WriteStream | undefined,
  total: number | undefined,
): ProgressBar {
  let last = 0
  let isDrawn = false
  return {
    update({ bytesRead }) {
      const now = performance.now()
      if (!stream || stream.writableLength > 0 || now - last < REDRAW_MS) return
      last = now
      isDrawn = true
      stream.write(`\r${barText(bytesRead, total)}\x1b[K`)
    },
    end() {
      if (isDrawn) stream?.write('\r\x1b[K')
    },
  }
}

function barText(bytes: number, total: number | undefined): string {
  const megabytes = `${(bytes / 1e6).toFixed(1)} MB`
  if (!total) return megabytes
  const share = Math.min(1, bytes / total)
  const full = Math.round(share * WIDTH)
  return `[${'#'.repeat(full)}${'.'.repeat(WIDTH - full)}] ${Math.floor(share * 100)} % ${megabytes}`
}
