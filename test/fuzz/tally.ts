// What came of fuzz cases, counted.

export interface Tally {
  /** Cases of each room, and those that reached up to the window's last byte. */
  cases: Record<string, number>
  atWindowEnd: Record<string, number>
  /** By the code of the error. */
  refusals: Record<string, number>
  /** Statuses and kinds of the nodes of some trees. */
  nodes: Record<string, number>
}

export function newTally(): Tally {
  return { cases: {}, atWindowEnd: {}, refusals: {}, nodes: {} }
}

export function count(counts: Record<string, number>, name: string, more = 1): void {
  counts[name] = (counts[name] ?? 0) + more
}

/** Adds another's numbers. */
export function add(tally: Tally, other: Tally): void {
  for (const part of ['cases', 'atWindowEnd', 'refusals', 'nodes'] as const) {
    for (const [name, more] of Object.entries(other[part])) count(tally[part], name, more)
  }
}

export function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, one) => total + one, 0)
}
