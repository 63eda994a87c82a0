// How work grows with input: the exponent of a power law through measured points.
// In: a family of inputs of doubling size. Out: an exponent, 1 for linear work, and the points.

export interface Growth {
  exponent: number
  points: { size: number; work: number }[]
}

/** `count` sizes from `first` on, each twice the one before. */
export function doublings(first: number, count = 6): number[] {
  return Array.from({ length: count }, (_, index) => first * 2 ** index)
}

/** The slope of log(work) over log(size), by least squares. */
export function growthOf(points: Growth['points']): Growth {
  const logs = points.map(({ size, work }) => [Math.log(size), Math.log(work)] as const)
  const mean = (index: 0 | 1) => logs.reduce((sum, log) => sum + log[index], 0) / logs.length
  const [meanSize, meanWork] = [mean(0), mean(1)]
  const covariance = logs.reduce((sum, [x, y]) => sum + (x - meanSize) * (y - meanWork), 0)
  const variance = logs.reduce((sum, [x]) => sum + (x - meanSize) ** 2, 0)
  return { exponent: covariance / variance, points }
}

/** Growth of what `run` counts. */
export async function countGrowth(
  sizes: number[],
  run: (size: number) => Promise<number>,
): Promise<Growth> {
  const points: Growth['points'] = []
  for (const size of sizes) points.push({ size, work: await run(size) })
  return growthOf(points)
}

/** How many bytes `body` has copied between arrays, by any of the means that this package uses. */
export async function copiedBytes(body: () => Promise<void>): Promise<number> {
  const prototype = Object.getPrototypeOf(Uint8Array.prototype)
  const { set, slice } = prototype
  let copied = 0
  prototype.set = function (this: Uint8Array, source: ArrayLike<number>, at?: number) {
    copied += source.length
    return set.call(this, source, at)
  }
  prototype.slice = function (this: Uint8Array, from?: number, to?: number) {
    const part = slice.call(this, from, to)
    copied += part.length
    return part
  }
  try {
    await body()
  } finally {
    Object.assign(prototype, { set, slice })
  }
  return copied
}

/** `length`, and how many elements of long arrays `body` has moved. */
export async function movedElements(body: () => Promise<void>, length: number): Promise<number> {
  const prototype = Array.prototype as unknown as Record<string, (...args: unknown[]) => unknown>
  const moving = ['shift', 'unshift', 'splice', 'slice', 'concat']
  const own = Object.fromEntries(moving.map((name) => [name, prototype[name]]))
  let moved = length
  for (const name of moving) {
    prototype[name] = function (this: unknown[], ...args) {
      if (this.length >= 100) moved += this.length
      return own[name]?.apply(this, args)
    }
  }
  try {
    await body()
  } finally {
    Object.assign(prototype, own)
  }
  return moved
}

export function explain({ exponent, points }: Growth): string {
  const lines = points.map(({ size, work }) => `${size}: ${Number(work.toPrecision(4))}`)
  return `work grows with size to the power of ${exponent.toFixed(2)}: ${lines.join(', ')}`
}
