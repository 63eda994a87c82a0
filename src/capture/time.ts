// Times of frames as text.
// In: nanoseconds since 1970, which may be negative: pcapng can have any time, in any unit. Out: ISO 8601 or seconds.

const NS = 1_000_000_000n

/**
 * ISO 8601 with nanoseconds, in UTC: "2026-01-31T12:00:00.000000000Z". Years before 0 and after 9999 have a sign and six
 * digits, as in JavaScript's Date; times beyond Date's range, some 270,000 years from 1970, are seconds since 1970.
 */
export function isoTime(ns: bigint): string {
  const fraction = ((ns % NS) + NS) % NS
  const date = new Date(Number((ns - fraction) / NS) * 1000)
  if (Number.isNaN(date.getTime())) return secondsText(ns)
  return `${date.toISOString().slice(0, -'.000Z'.length)}.${nineDigits(fraction)}Z`
}

/** "0.000250000", "-1.500000000". */
export function secondsText(ns: bigint): string {
  const size = ns < 0n ? -ns : ns
  return `${ns < 0n ? '-' : ''}${size / NS}.${nineDigits(size % NS)}`
}

function nineDigits(fraction: bigint): string {
  return fraction.toString().padStart(9, '0')
}
