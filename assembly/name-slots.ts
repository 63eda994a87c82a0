// Names seen before have a number, so that a host need not make the same string again and again.
// In: an object's record. Out: the slots of its texts, and what is new at NAMES. Never drops a name: a host that
// has emptied NAMES forgets the numbers too.

import { NAME_MAX, NAMES, NAMES_MAX, RECORD_SLOTS } from './contract'
import { origin } from './record-fields'

/** In how many slots a name may be, so that few names find none: the host decodes those again and again. */
const WAYS: u32 = 8

/** Numbers the texts whose spans are at `text` and, unless it is 0, at `text2` of a record. */
export function numberNames(record: usize, text: usize, text2: usize): void {
  const slot = slotOf(record, text)
  store<u32>(record, text2 === 0 ? slot : slot | (slotOf(record, text2) << 16), RECORD_SLOTS)
}

/** One more than the number of the name in the span at `field`; 0 where it has none. */
function slotOf(record: usize, field: usize): u32 {
  const length = load<u32>(record + field, 4)
  if (length - 1 >= <u32>NAME_MAX) return 0
  const at = origin(record) + load<u32>(record + field)
  const low = first(load<u64>(at), min<u32>(length, 8))
  const high = length > 8 ? first(load<u64>(at, 8), length - 8) : 0
  const mixed = low ^ (high * 31)
  const hash = (((<u32>mixed ^ <u32>(mixed >> 29)) * 0x9e3779b1) >> 16) & (NAMES_MAX - 1)
  for (let way: u32 = 0; way < WAYS; way++) {
    const name = NAMES + (hash ^ way) * NAME_MAX
    // No name begins with a NUL.
    const known = load<u64>(name)
    if (known === 0) {
      store<u64>(name, low)
      store<u64>(name, high, 8)
      return (hash ^ way) + 1
    }
    if (known === low && load<u64>(name, 8) === high) return (hash ^ way) + 1
  }
  return 0
}

/** The first `count` of eight bytes, 1 to 8, and zeros. */
function first(eight: u64, count: u32): u64 {
  const others = (8 - count) << 3
  return (eight << others) >> others
}
