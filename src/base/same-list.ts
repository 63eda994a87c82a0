// Whether two lists hold the same. In: lists, or undefined for none. Out: yes or no.

export function isSameList(
  a: ArrayLike<unknown> | undefined,
  b: ArrayLike<unknown> | undefined,
): boolean {
  if (a === b) return true
  if (a === undefined || b === undefined || a.length !== b.length) return false
  for (let n = 0; n < a.length; n++) if (a[n] !== b[n]) return false
  return true
}
