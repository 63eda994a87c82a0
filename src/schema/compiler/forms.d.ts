// The forms of values: `Take` is what a request takes, `Give` what an answer has. Each table of a family has one of them as
// its parameter. Written by hand, and copied beside the declarations of the families.

/** What JSON can hold. */
export type Plain = null | boolean | number | string | Plain[] | { [key: string]: Plain }

/** An entry of a label stack (RFC 3032). */
export interface Label {
  label: number
  tc: number
  bos: boolean
  ttl: number
}

/** What a request takes. `undefined` counts as not given. */
export interface Take {
  way: 'take'
  /** An integer of up to 32 bits. */
  int: number | bigint
  /** An integer of up to 64 bits. */
  wide: number | bigint | `${bigint}`
  /** An address in an integer. */
  host: string | number | bigint
  flag: boolean
  text: string | Uint8Array
  /** An address or an identifier as text. */
  address: string | Uint8Array
  /** Bytes; as text, in hexadecimal. */
  bytes: string | Uint8Array | null
  /** Bytes for what has a form of its own. */
  raw: Uint8Array
  label: number | Partial<Label>
  message: Uint8Array
  /** What the schema does not name: bytes, or attributes by number. */
  unlisted: string | Uint8Array | null | { readonly [attribute: `#${number}`]: unknown }
  /** A selector without a format: a kind of link that has no attributes, or one of a newer kernel. */
  word: string & {}
}

/** What an answer has. An integer beyond 2^53 is its digits. */
export interface Give {
  way: 'give'
  int: number
  wide: number | `${bigint}`
  host: string
  flag: true
  text: string
  address: string
  bytes: string | null
  raw: never
  label: Label
  message: { [key: string]: Plain }
  unlisted: Plain
  word: string
}

export type Form = Take | Give

/** Differs between a request and an answer. */
export type Way<D extends Form, Taken, Given> = { take: Taken; give: Given }[D['way']]

/** A value of an enum: its name, or its number. */
export type Named<D extends Form, Names> = Names | D['int']
export type WideNamed<D extends Form, Names> = Names | D['wide']

/** Names of the bits that are set. Those without a name are together, in hexadecimal. */
export type Flags<D extends Form, Names> = Way<
  D,
  Names | Take['wide'] | readonly (Names | Take['int'] | `0x${string}`)[],
  (Names | `0x${string}`)[]
>

/** struct nla_bitfield32 of linux/netlink.h: `selector` says which bits of `value` count. */
export type Bits<D extends Form, Bit> = Way<
  D,
  { value: Bit; selector?: Bit | undefined },
  { value: Bit; selector: Bit }
>

/** An attribute that may occur several times. */
export type Many<D extends Form, T> = Way<D, T | readonly T[], T[]>
/** Elements, each in an attribute of its own. */
export type List<D extends Form, T> = Way<D, readonly T[], T[]>
/** Elements, one after the other. */
export type Packed<D extends Form, T> = Way<D, readonly T[] | Uint8Array, T[]>
/** Elements that have names. */
export type Keyed<D extends Form, Names extends string, T> = Way<
  D,
  KeyedBy<Names, T> | readonly T[] | Uint8Array,
  KeyedBy<Names, T>
>
type KeyedBy<Names extends string, T> = { [Key in Names | `#${number}`]?: T | undefined }
/** Attributes whose numbers are values. */
export type ByNumber<D extends Form, T> = { [number: `${number}`]: Many<D, T> }
/** What none of the formats is: it has no name of theirs. In an answer, what is no nest is text in hexadecimal. */
export type Other<D extends Form, Formats> = Way<
  D,
  string | Uint8Array | null | (Unnamed<Take> & Without<Formats>),
  Unnamed<Give> & Without<Formats>
>
type Without<Formats> = {
  readonly [Key in Exclude<NamesOf<Formats>, `#${number}`>]?: undefined
}
type NamesOf<Formats> = Formats extends string | number | bigint | boolean | null | undefined
  ? never
  : Formats extends Uint8Array | readonly unknown[]
    ? never
    : keyof Formats
/** Attributes that have no names. */
export type Unnamed<D extends Form> = { [attribute: `#${number}`]: D['unlisted'] }

/** The members of the header in front of a message's attributes: an answer has all of them but an empty `Rest`. */
export type Header<D extends Form, Members, Rest extends keyof Members = never> = Way<
  D,
  Members,
  Whole<Omit<Members, Rest>> & Pick<Members, Rest>
>
type Whole<Members> = { [Key in keyof Members]-?: Exclude<Members[Key], undefined> }

/** Bodies of one operation: in an answer, what only another one has is undefined. One without a format is its bytes. */
export type Either<D extends Form, Bodies> = Way<
  D,
  Bodies,
  Completed<Bodies | { body: string }, KeysOf<Bodies> | 'body'>
>
type KeysOf<Bodies> = Bodies extends unknown ? keyof Bodies : never
type Completed<Bodies, Keys extends PropertyKey> = Bodies extends unknown
  ? Bodies & { [Absent in Exclude<Keys, keyof Bodies>]?: undefined }
  : never

/** A member that says which form the others have. */
export type Selecting<D extends Form, Key extends string, Value> = Way<
  D,
  { [Selector in Key]?: Value | undefined },
  { [Selector in Key]: Value }
>

/** What a request takes, and what its answer has. */
export interface Call<Takes, Gives> {
  takes: Takes
  gives: Gives
}
