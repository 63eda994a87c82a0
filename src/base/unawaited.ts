// Promises that may reject before their caller has awaited them.
// In: promises. Out: the same, which do not end the process when what they wait for is closed.

export class Unawaited {
  readonly #pending = new Set<Promise<unknown>>()

  add<T>(promise: Promise<T>): Promise<T> {
    const pending: Promise<T> = promise.finally(() => this.#pending.delete(pending))
    this.#pending.add(pending)
    return pending
  }

  /** To be called before a close: a caller that closes may never await what is pending, and its end is no surprise. */
  forgive(): void {
    for (const promise of this.#pending) promise.catch(() => {})
  }
}
