// Copies bytes and text.
// In: bytes. Out: text on the clipboard, as hexadecimal or as an array for C.

const IN_LINE = 12

/** "10 00 00 00 …", sixteen a line. */
export function hexLines(bytes: Uint8Array): string {
  const lines: string[] = []
  for (let at = 0; at < bytes.length; at += 16) {
    lines.push(Array.from(bytes.subarray(at, at + 16), pair).join(' '))
  }
  return lines.join('\n')
}

/** `static const unsigned char message[] = { 0x10, … };` with the label as its comment. */
export function cArray(bytes: Uint8Array, name: string, comment: string): string {
  const lines: string[] = []
  for (let at = 0; at < bytes.length; at += IN_LINE) {
    const row = Array.from(bytes.subarray(at, at + IN_LINE), (byte) => `0x${pair(byte)}`)
    lines.push(`\t${row.join(', ')},`)
  }
  const safe = comment.replaceAll('*/', '* /')
  return `/* ${safe} */\nstatic const unsigned char ${name}[${bytes.length}] = {\n${lines.join('\n')}\n};\n`
}

function pair(byte: number): string {
  return byte.toString(16).padStart(2, '0')
}

/** Returns false if the browser does not allow it. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copyByCommand(text)
  }
}

/** For pages that may not use the clipboard's API because of their address, such as http: and file:. */
function copyByCommand(text: string): boolean {
  const area = document.createElement('textarea')
  area.value = text
  area.className = 'unseen'
  const focused = document.activeElement as HTMLElement | null
  document.body.append(area)
  area.select()
  const done = document.execCommand('copy')
  area.remove()
  focused?.focus()
  return done
}
