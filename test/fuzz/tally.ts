// Counts fuzz cases and their outcomes.

export interface Tally {
  /** Cases by room, and those whose frame ends with the window. */
  cases: Record<string, number>
  atWindowEnd: Record<string, number>
  /** By error code. */
  refusals: Record<string, number>
  /** Statuses and kinds of nodes, of a sample of the trees. */
  nodes: Record<string, number>
}

export function newTally(): Tally {
  return { cases: {}, atWindowEnd: {}, refusals: {}, nodes: {} }
}

export function count(counts: Record<string, number>, name: string, more = 1): void {
  counts[name] = (counts[name] ?? 0) + more
}

/** Adds the counts of another tally. */
export function add(tally: Tally, other: Tally): void {
  for (const part of ['cases', 'atWindowEnd', 'refusals', 'nodes'] as const) {
    for (const [name, more] of Object.entries(other[part])) count(tally[part], name, more)
  }
}

export function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, one) => total + one, 0)
}
