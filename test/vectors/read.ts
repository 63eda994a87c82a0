// Golden vectors: Markdown in, bytes and expected lines out. One format for every file of this folder.
//
//     ## title
//
//     A paragraph of prose: where the bytes come from, and what they show.
//
//     Byte order: big             optional; little otherwise
//     Frame: portid 1234          optional: nl_pid of the sender; 0, the kernel, otherwise
//     Frame: true length 200      optional: what was sent, where less of it was received
//     Frame: protocol 16          optional: NETLINK_… protocol; 0, NETLINK_ROUTE, otherwise
//     Frame: link header sll      optional: the 16 bytes of LINKTYPE_NETLINK come first; sll2: 20
//     Family: nlctrl2=30          optional: number of a generic netlink family
//
//     ```hex                      bytes, and behind each # a comment
//     ```log                      what formatMessage() prints for each message, one a line
//     ```tree                     or what treeLines() prints for the frame: files of the folder tree/
//
// Strict: whatever does not fit this form is an error, so that no vector is passed over in silence.

import { readdirSync, readFileSync } from 'node:fs'

export interface Vector {
  /** Name of its file, without a path. */
  file: string
  title: string
  bytes: Uint8Array
  byteOrder: 'little' | 'big'
  portId: number
  /** True length of the datagram; `bytes.length` unless it was truncated. */
  length: number
  protocol: number
  linkHeader: 'none' | 'sll' | 'sll2'
  families: Record<string, number>
  /** Lines of the log, or of the tree. */
  log: string[]
}

/** Whether plain bytes can carry the vector, without a frame header of recv's. */
export function isPlain({ portId, length, bytes }: Vector): boolean {
  return portId === 0 && length === bytes.length
}

/** Every vector of this folder, by file and in the files' own order. */
export function readVectors(): Vector[] {
  return readFolder('.', 'log')
}

/** Every vector of the folder tree/. */
export function readTreeVectors(): Vector[] {
  return readFolder('tree/', 'tree')
}

function readFolder(folder: string, output: string): Vector[] {
  const here = new URL(folder, import.meta.url)
  const files = readdirSync(here).filter((file) => file.endsWith('.md'))
  return files
    .sort()
    .flatMap((file) => parse(file, readFileSync(new URL(file, here), 'utf8'), output))
}

export function parse(file: string, text: string, output = 'log'): Vector[] {
  const [, ...sections] = text.split(/^## /m)
  if (sections.length === 0) throw new Error(`expected a vector in ${file}, got none`)
  return sections.map((section) => parseSection(file, section, output))
}

function parseSection(file: string, section: string, output: string): Vector {
  const title = section.slice(0, section.indexOf('\n'))
  const where = `${file}: "${title}"`
  const blocks = [...section.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
  const kinds = blocks.map((block) => block[1]).join(', ')
  if (kinds !== `hex, ${output}`)
    throw new Error(`${where}: expected a hex and a ${output} block, got ${kinds}`)
  const [hex = '', log = ''] = blocks.map((block) => block[2])
  const head = section.slice(title.length, blocks[0]?.index).trim()
  const [prose, options = '', ...more] = head.split('\n\n')
  if (!prose || more.length > 0) throw new Error(`${where}: expected prose, then options`)
  const bytes = parseHex(where, hex)
  const vector: Vector = {
    file,
    title,
    bytes,
    byteOrder: 'little',
    portId: 0,
    length: bytes.length,
    protocol: 0,
    linkHeader: 'none',
    families: {},
    log: log.split('\n').slice(0, -1),
  }
  for (const option of options.split('\n').filter(Boolean)) readOption(where, vector, option)
  return vector
}

function readOption(where: string, vector: Vector, line: string): void {
  const [, key, value = ''] =
    /^(Byte order: |Frame: (?:portid|true length|protocol|link header) |Family: \S+=)(\w+)$/.exec(
      line,
    ) ?? []
  if (key === 'Byte order: ' && (value === 'little' || value === 'big')) vector.byteOrder = value
  else if (key === 'Frame: portid ') vector.portId = Number(value)
  else if (key === 'Frame: true length ') vector.length = Number(value)
  else if (key === 'Frame: protocol ') vector.protocol = Number(value)
  else if (key === 'Frame: link header ' && (value === 'sll' || value === 'sll2'))
    vector.linkHeader = value
  else if (key?.startsWith('Family: ')) vector.families[key.slice(8, -1)] = Number(value)
  else throw new Error(`${where}: expected a known option, got "${line}"`)
}

function parseHex(where: string, text: string): Uint8Array {
  const tokens = text
    .replace(/#.*$/gm, '')
    .split(/\s+/)
    .filter((token) => token !== '')
  const wrong = tokens.find((token) => !/^[0-9a-f]{2}$/.test(token))
  if (wrong) throw new Error(`${where}: expected two hexadecimal digits, got "${wrong}"`)
  return Uint8Array.from(tokens, (token) => Number.parseInt(token, 16))
}
