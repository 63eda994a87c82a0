// One attack: what is tried, and what comes of it.

export interface Attack {
  /** A few words. */
  name: string
  /** How it is provoked: one plain sentence. */
  provoked: string
  /** What the first edition did. */
  before: string
  /** Tries it and resolves to what happens now, in a few words; rejects if the package does not hold. */
  run(): Promise<string>
}
