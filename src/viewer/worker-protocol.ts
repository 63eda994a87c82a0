// The messages between the page and its worker.
// Types of plain data that can be cloned or transferred, and their constants.

import type { Vocabulary } from '../tree/vocabulary.js'

/** A request of the page. Each gets one answer, with the same id. */
export type WorkerRequest =
  | { do: 'open'; blob: Blob; name: string }
  | { do: 'cancel' }
  | { do: 'rows'; from: number; to: number }
  | { do: 'message'; row: number }
  /** The whole label of a node, of which the packed tree may have only the beginning. */
  | { do: 'label'; row: number; node: number }
  | { do: 'json'; row: number; node: number }
  /** The labels of a node and of all nodes below it, indented. */
  | { do: 'tree'; row: number; node: number }
  /** Filters for a node, or for the message if it is -1. */
  | { do: 'filters'; row: number; node: number }
  | { do: 'filter'; text: string }
  | { do: 'frame'; frame: number }
  | { do: 'place'; row: number }
  | { do: 'find'; text: string; from: number; backwards: boolean }

export interface Answers {
  open: undefined
  cancel: undefined
  rows: RowText[]
  message: MessageDetail | undefined
  label: string
  json: string
  tree: string
  filters: Filters
  filter: undefined
  /** The place of a row in the list or, if the filter hides it, the place of the next row. */
  place: { place: number; isShown: boolean }
  /** The first row of a frame, which is counted from 1. */
  frame: number | undefined
  find: FoundText | 'absent' | 'cancelled'
}

/** Texts of filters; undefined for what no filter can say. */
export interface Filters {
  node: string | undefined
  /** A request and all its answers. */
  conversation: string | undefined
}

export interface FoundText {
  row: number
  /** The place of the row in the list. */
  place: number
  /** The node that has the text: so many nodes after the message's own. */
  node: number
}

export type Asked = WorkerRequest & { id: number }

export type WorkerMessage =
  | { id: number; answer: unknown }
  | { id: number; error: string }
  | { tell: 'ready'; vocabulary: Vocabulary }
  | { tell: 'index'; index: IndexState }
  | { tell: 'matches'; matches: MatchState }
  | { tell: 'finding'; done: number; total: number }
  | { tell: 'timeline'; timeline: TimelineData }

/** The progress of reading the file. */
export interface IndexState {
  name: string
  bytesRead: number
  totalBytes: number
  rows: number
  frames: number
  /** Frames that are not netlink. */
  foreign: number
  /** When the first rows were there, and when all were, in milliseconds since the file was opened. */
  elapsed: number
  state: 'reading' | 'complete' | 'cancelled' | 'broken'
  /** What is wrong with the file, and which kind of error it is. */
  fault?: { message: string; code: string | undefined } | undefined
  /** The size of the index in bytes. */
  indexBytes: number
}

export interface MatchState {
  /** How many rows the list shows. */
  count: number
  scanned: number
  total: number
  state: 'none' | 'running' | 'complete' | 'cancelled'
}

/** One line of the message list. */
export interface RowText {
  row: number
  frame: number
  /** Seconds since the first frame, and since the row above; empty if the file has no times. */
  time: string
  delta: string
  /** "2026-11-23 18:39:02.668428" of UTC. */
  utc: string
  family: string
  type: string
  flags: string
  interface: string
  /** How the object differs from its earlier state; empty if nothing does, or if it has none. */
  changes: string
  info: string
  tone: RowTone
  /** The row of the request that this one answers. */
  answers: number | undefined
}

export type RowTone = 'request' | 'answer' | 'ack' | 'event' | 'error' | 'broken' | 'foreign'

/** A frame's tree as columns: a thousand nodes are two arrays and a string, not a thousand objects. */
export interface PackedTree {
  /** A line for each node, in pre-order. */
  labels: string
  /** PACKED_FIELDS numbers for each node. */
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
/** The header of a nest. It has no line of its own, as the nest's line covers it. */
export const NODE_HIDDEN = 1
/** A node that is unknown, cut or malformed. */
export const NODE_BAD = 2
export const NODE_PADDING = 4

export interface MessageDetail {
  row: number
  frame: number
  /** Its number in the frame, from 1. */
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
  /** The number of all answers, if there are more than `answered` holds. */
  answeredCount: number
  report: ReportText | undefined
  changes: ChangesText | undefined
}

/** The differences from the last message about the same object. */
export interface ChangesText {
  since: RowRef
  list: ChangeText[]
}

export interface ChangeText {
  /** A node of the tree: that of the value, or the message's if it does not have the value any more. */
  node: number
  name: string
  was: string
  is: string
}

export interface RowRef {
  row: number
  label: string
}

/** The kernel's refusal of a request. */
export interface ReportText {
  errno: number
  /** EINVAL: Invalid argument. */
  name: string
  words: string
  /** NLMSGERR_ATTR_MSG. */
  message: string
  /** The wrong byte of the request, and the node that starts there: of this frame, or so many after the request's own. */
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

/** The state of a lane while its interface does not exist. */
export const STATE_ABSENT = 255
/** The state of pixels on which an interface had more than one. No event has it. */
export const STATE_CHANGING = 254

/** One interface. Its events are those from `from` up to, but not including, `to`, in order of time. */
export interface LaneData {
  /** 0 for gaps, which concern all interfaces. */
  ifindex: number
  name: string
  from: number
  to: number
}

/** The events of all interfaces, lane by lane: an entry for each event. */
export interface TimelineData {
  lanes: LaneData[]
  row: Uint32Array
  /** Seconds since the first frame; the row's place if the file has no times. */
  time: Float64Array
  /** EVENT_…. */
  kind: Uint8Array
  /** By the kind of event: an IF_OPER_…, 0 or 1 for the carrier, an index in `names`, or the number of overruns. */
  value: Uint32Array
  /** The IF_OPER_… after the event, or STATE_ABSENT. */
  state: Uint8Array
  names: string[]
  end: number
  hasTimes: boolean
  /** How many events were left out, and the time of the first of them. */
  dropped: number
  droppedFrom: number
}
