// An error that is the user's: told as it is, and exit code 2.

export class UsageError extends Error {
  override name = 'UsageError'
}
