// Suggestions for a misspelt word. In: the word, and the valid words. Out: the nearest of them, if one is near.

export function nearest(word: string, names: readonly string[]): string | undefined {
  let best: string | undefined
  let least = Number.POSITIVE_INFINITY
  for (const name of names) {
    const steps = distance(word, name)
    if (steps >= least || steps > Math.max(1, name.length * 0.4)) continue
    best = name
    least = steps
  }
  return best
}

/** How many letters must be inserted, deleted, replaced, or swapped with their neighbour. */
function distance(from: string, to: string): number {
  const rows = [Array.from({ length: to.length + 1 }, (_, n) => n)]
  for (let i = 1; i <= from.length; i++) {
    const [above, row] = [rows[i - 1] as number[], [i]]
    for (let j = 1; j <= to.length; j++) {
      const isSame = from[i - 1] === to[j - 1]
      const steps = [row[j - 1], above[j]].map((n) => (n as number) + 1)
      let least = Math.min(...steps, (above[j - 1] as number) + (isSame ? 0 : 1))
      const isSwap = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]
      if (isSwap) least = Math.min(least, (rows[i - 2]?.[j - 2] as number) + 1)
      row.push(least)
    }
    rows.push(row)
  }
  return rows[from.length]?.[to.length] as number
}
