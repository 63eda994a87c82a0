// What the page and its worker say to each other.
// In: nothing. Out: types of plain data that can be cloned or transferred. No code runs from here.

import type { Vocabulary } from '../tree/vocabulary.js'

/** What the page asks for; each is answered once, under the same id. */
export type Request =
  | { do: 'open'; blob: Blob; name: string }
  | { do: 'cancel' }
  | { do: 'rows'; from: number; to: number }
  | { do: 'message'; row: number }
  | { do: 'json'; row: number; node: number }
  | { do: 'filter'; text: string }
  | { do: 'place'; row: number }
  | { do: 'find'; text: string; from: number; backwards: boolean }

export interface Answers {
  open: undefined
  cancel: undefined
  rows: RowText[]
  message: MessageDetail | undefined
  json: string
  filter: undefined
  /** Where a row stands in the list: its place, or the next one's where the filter hides it. */
  place: { place: number; isShown: boolean }
  find: number | undefined
}

export type Asked = Request & { id: number }

export type Told =
  | { id: number; answer: unknown }
  | { id: number; error: string }
  | { tell: 'ready'; vocabulary: Vocabulary }
  | { tell: 'index'; index: IndexState }
  | { tell: 'matches'; matches: MatchState }
  | { tell: 'finding'; done: number; total: number }
  | { tell: 'timeline'; timeline: TimelineData }

/** How far the reading of the file has come. */
export interface IndexState {
  name: string
  bytesRead: number
  totalBytes: number
  rows: number
  frames: number
  /** Frames that are not netlink. */
  foreign: number
  /** ms since the opening; when the first rows were there, and when all were. */
  elapsed: number
  state: 'reading' | 'complete' | 'cancelled' | 'broken'
  /** What is wrong with the file, and at which byte. */
  fault?: { message: string; offset: number | undefined } | undefined
  /** Bytes that the index takes. */
  indexBytes: number
}

export interface MatchState {
  /** Rows that the list shows. */
  count: number
  scanned: number
  total: number
  state: 'none' | 'running' | 'complete' | 'cancelled'
}

/** One line of the message list. */
export interface RowText {
  row: number
  frame: number
  /** Seconds since the first frame, and since the row above; empty where the file has no times. */
  time: string
  delta: string
  family: string
  type: string
  flags: string
  interface: string
  info: string
  tone: RowTone
  /** The row of the request that this one answers. */
  answers: number | undefined
}

export type RowTone = 'request' | 'answer' | 'event' | 'error' | 'broken' | 'foreign'

/** A frame's tree as columns: a thousand nodes are two arrays and a string, not a thousand objects. */
export interface PackedTree {
  /** A line a node, in pre-order. */
  labels: string
  /** PACKED_FIELDS numbers a node. */
  numbers: Uint32Array
}

export const PACKED_FIELDS = 7
export const PACKED_START = 0
export const PACKED_VALUE = 1
export const PACKED_VALUE_END = 2
export const PACKED_END = 3
export const PACKED_PARENT = 4
export const PACKED_NEXT = 5
/** Bits: see NODE_HIDDEN and NODE_BAD. */
export const PACKED_BITS = 6
/** The header of a nest: the nest tells of it. */
export const NODE_HIDDEN = 1
/** Not typed: unknown, cut, malformed. */
export const NODE_BAD = 2
export const NODE_PADDING = 4

export interface MessageDetail {
  row: number
  frame: number
  /** 1-based, in its frame. */
  message: number
  title: string
  time: string
  fileOffset: number
  originalLength: number
  captureInterface: string
  comment: string
  bytes: Uint8Array
  tree: PackedTree
  /** Index of the message's node. */
  node: number
  /** Rows of the request, and of the answers. */
  answers: RowRef | undefined
  answered: RowRef[]
  /** All of them, where more than `answered` holds. */
  answeredCount: number
  report: ReportText | undefined
}

export interface RowRef {
  row: number
  label: string
}

/** What the kernel says of a request that it refused. */
export interface ReportText {
  errno: number
  /** EINVAL: Invalid argument. */
  name: string
  words: string
  /** NLMSGERR_ATTR_MSG. */
  message: string
  /** Byte of the request at fault, and the node of this frame, or of the request's, that starts there. */
  offset: number | undefined
  path: string
  node: number | undefined
  requestNode: number | undefined
  missingType: number | undefined
}

export const EVENT_PRESENT = 0
export const EVENT_ATTACHED = 1
export const EVENT_REMOVED = 2
export const EVENT_OPERSTATE = 3
export const EVENT_CARRIER = 4
export const EVENT_RENAMED = 5
export const EVENT_GAP = 6

/** The state of a lane while its interface is not there. */
export const STATE_ABSENT = 255

/** One interface; its events are those from `from` to before `to`, by time. */
export interface LaneData {
  /** 0: gaps, which concern all. */
  ifindex: number
  name: string
  from: number
  to: number
}

/** What became of the interfaces, an event an entry, lane by lane. */
export interface TimelineData {
  lanes: LaneData[]
  row: Uint32Array
  /** Seconds since the first frame; the row's place where the file has no times. */
  time: Float64Array
  /** EVENT_…. */
  kind: Uint8Array
  /** An IF_OPER_…, 0 or 1 for carrier, a place in `names`, how many overruns. */
  value: Uint32Array
  /** The IF_OPER_… that holds from the event on, or STATE_ABSENT. */
  state: Uint8Array
  names: string[]
  end: number
  hasTimes: boolean
  /** Events that were left out. */
  dropped: number
}
