// Runs every bench, each in a process of its own, and writes RESULTS.md: figures as printed, goals, verdicts.
// In: nothing; BENCH_EFFORT (1) makes a run shorter or longer. Out: test/bench/RESULTS.md. Never fails for a
// goal that was missed, always for sides that did not compute the same.

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, release } from 'node:os'
import { fileURLToPath } from 'node:url'
import { GOALS } from './goals.ts'
import { requestLines } from './request-rows.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const root = fileURLToPath(new URL('../../', import.meta.url))

interface Side {
  name: string
  ns: number
  ratio: number
}
// biome-ignore lint/suspicious/noExplicitAny: JSON lines of many shapes, looked into by their `job`
type Line = any

const lines: Line[] = []
const began = Date.now()
const load = loadavg()[0] as number

if (!existsSync(`${here}rivals/node_modules/netlink`)) {
  spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: `${here}rivals` })
}
const PINNED = new Set(['decode', 'records', 'objects', 'tree'])
const isPinning = spawnSync('taskset', ['-c', String(cpus().length - 1), 'true']).status === 0
for (const name of ['decode', 'records', 'objects', 'tree', 'live', 'requests', 'captures']) {
  const start = Date.now()
  const command = [process.execPath, '--import', 'tsx', '--expose-gc', `${here}${name}.ts`]
  // Decoders take turns on one processor, so that what else runs there slows all sides.
  if (isPinning && PINNED.has(name)) command.unshift('taskset', '-c', String(cpus().length - 1))
  const { status, stdout } = spawnSync(command[0] as string, command.slice(1), {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 300_000,
  })
  for (const line of stdout.split('\n')) if (line.startsWith('{')) lines.push(JSON.parse(line))
  console.log(`${name}: ${((Date.now() - start) / 1000).toFixed(0)} s`)
  if (status !== 0) {
    process.exitCode = 1
    lines.push({ skipped: name, why: `it ended with ${status}` })
  }
}

const contestOf = (job: string): Side[] => lines.find((line) => line.job === job)?.sides ?? []
const jobs = (job: string): Line[] => lines.filter((line) => line.job === job)

const out: string[] = []
const row = (...cells: (string | number)[]) => out.push(`| ${cells.join(' | ')} |`)
const number = (value: number, digits = 0) =>
  value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits })
const perSecond = (ns: number) => number(1e9 / ns)
const verdict = (isMet: boolean) => (isMet ? 'met' : '**not met**')

out.push(
  '# What the benches printed',
  '',
  'Made by `npm run bench`; nothing in it is written by hand. Both sides of a row ran in the same minutes, round by',
  'round, and had computed the same before. Times are medians, ratios medians of the ratios within a round: above 1,',
  'netlink-wasm is faster. Absolute times are worth nothing on another machine, or on this one while it is busy; a busy',
  'neighbour on the same core slows decoders that keep it full more than loops that wait, and so moves ratios too.',
  '',
  `${new Date().toISOString().slice(0, 10)}, ${cpus()[0]?.model.trim()} × ${cpus().length}, Linux ${release().split('-')[0]}, Node.js ${process.version}`,
  `(V8 ${process.versions.v8}), load average ${load.toFixed(1)} before the run, effort ${process.env.BENCH_EFFORT ?? 1}.`,
  '',
  '## Goals',
  '',
)
row('work', 'against', 'ns a message', 'messages/s', 'rival, ns', 'ratio', 'goal', 'verdict')
row('---', '---', '---', '---', '---', '---', '---', '---')
for (const { work, against, goal, job, rival } of GOALS) {
  const sides = contestOf(job)
  const own = sides[0]
  const other = sides.find((side) => side.name.startsWith(rival))
  if (!own || !other) {
    row(work, against, own ? number(own.ns) : '–', '', '–', '–', `≥ ${goal}`, 'skipped')
    continue
  }
  row(
    work,
    against,
    number(own.ns),
    perSecond(own.ns),
    number(other.ns),
    number(other.ratio, 2),
    `≥ ${goal}`,
    verdict(other.ratio >= goal),
  )
}
const latencies = jobs('latency')
const inC = latencies.find(({ who }) => who.startsWith('C'))
const ownLatency = latencies.find(({ who }) => who.startsWith('netlink-wasm'))
if (inC && ownLatency) {
  const ratio = ownLatency.ratio ?? ownLatency.p50 / inC.p50
  row(
    'kernel send → event, p50',
    'C epoll + recv',
    `${number(ownLatency.p50, 1)} µs`,
    '',
    `${number(inC.p50, 1)} µs`,
    number(ratio, 2),
    '≤ 1.4',
    verdict(ratio <= 1.4),
  )
}
for (const { who, buffer, share } of jobs('burst')) {
  if (!who.startsWith('netlink-wasm')) continue
  const rival = jobs('burst').find((one) => one.who.startsWith('C') && one.buffer === buffer)
  const goal = buffer.startsWith('212') ? 0.97 : 1
  row(
    `burst received, ${buffer}`,
    'C epoll + recv',
    `${number(share * 100, 1)} %`,
    '',
    rival ? `${number(rival.share * 100, 1)} %` : '–',
    '',
    `≥ ${goal * 100} %`,
    verdict(share >= goal),
  )
}
out.push(
  '',
  'Rust netlink-packet-route and Go are not run here: neither toolchain is a dependency of the benches.',
  '',
  '## Every side',
  '',
)
row('job', 'side', 'ns a message', 'messages/s', 'time against the first')
row('---', '---', '---', '---', '---')
for (const { job, sides } of lines.filter((line) => line.sides)) {
  for (const side of sides as Side[]) {
    row(job, side.name, number(side.ns, 1), perSecond(side.ns), number(side.ratio, 2))
  }
}
out.push('', '## Live path', '')
row('receiver', 'p50 µs', 'against C in the same turn', 'p99 µs', 'CPU µs an event')
row('---', '---', '---', '---', '---')
for (const { who, p50, ratio, p99, cpuUs } of latencies) {
  row(who, number(p50, 1), ratio ? number(ratio, 2) : '–', number(p99, 1), number(cpuUs, 1))
}
if (latencies[0]?.isApart) {
  out.push(
    '',
    'The sender has one processor, and the main thread of every receiver another: else the kernel wakes the receiver where',
    'the sender runs, in the middle of its send, and gives the processor back to the sender before a slower one is done.',
  )
}
out.push('')
row('receiver', 'buffer', 'events sent', 'events/s', 'received')
row('---', '---', '---', '---', '---')
for (const { who, buffer, share, rate, count } of jobs('burst')) {
  row(who, buffer, number(count), number(rate), `${number(share * 100, 1)} %`)
}
for (const { cpuUs, seconds } of jobs('idle')) {
  out.push('', `Idle: ${number(cpuUs)} µs of CPU in ${seconds} s, of the whole process.`)
}
out.push('')
row('links', 'opened in ms', 'heap, KB', '`links.get()`, ns', '`links.find(name)`, ns')
row('---', '---', '---', '---', '---')
for (const { count, dumpMs, heapBytes, getNs, findNs } of jobs('links')) {
  row(number(count), number(dumpMs, 1), number(heapBytes / 1e3), number(getNs), number(findNs))
}
const requests = lines.filter((line) => line.request)
if (requests.length > 0) {
  out.push('', '## Requests', '', ...requestLines(requests))
}
out.push('', '## Captures', '')
row('job', 'MB', 'frames', 'MB/s', 'peak memory, MB')
row('---', '---', '---', '---', '---')
for (const job of ['capture to index', 'capture to trees']) {
  for (const { megabytes, frames, rate, peakBytes } of jobs(job)) {
    row(job, number(megabytes), number(frames), number(rate), number(peakBytes / 1e6))
  }
}
out.push('', '## Memory of the hot paths, once warm', '')
row('path', 'messages', 'heap grew by, bytes', 'buffers grew by, bytes')
row('---', '---', '---', '---')
for (const { measure, messages, heapBytes, bufferBytes } of lines.filter((line) => line.measure)) {
  row(measure, number(messages), number(heapBytes), number(bufferBytes))
}
out.push(
  '',
  '## Where the time goes',
  '',
  '- A link message is a chain of attributes, each of which tells where the next is: the C loop waits for one load after',
  '  the other. Layout prediction compares all headers with loads that wait for nothing, and then no longer waits but',
  '  loads: somewhat less than two for each header, which is what is left.',
  '- Routes, addresses and neighbours have a few attributes, where a link has dozens: prediction has less waiting to save.',
  '- An ifindex is ruled out after three loads, of which the next frame waits for one, in every language: the C row is the',
  '  same loop as `gcc -O3` has it, and no decoder can be much below. By name, where the chains count, prediction wins.',
  '- Objects with every field are, on both sides, mostly the making of the object, its addresses and its array. A name',
  '  costs the package little, as the module numbers names: no bytes are looked at again on the way to a string.',
)
const nodes = (corpus: string): number =>
  lines.find((line) => line.nodesPerMessage && line.corpus === corpus)?.nodesPerMessage
const [table, walked] = contestOf('tree link')
if (table && walked) {
  out.push(
    `- A node table has ${number(nodes('link'))} nodes of 48 bytes for a link message, ${number(nodes('link') * 48)} bytes: every member of`,
    `  every struct, every element of every array, every padding. To walk and write it takes ${number(walked.ns)} ns,`,
    `  ${number(walked.ns / nodes('link'), 1)} ns a node. But a node says where a value lies and not what it is, and few messages are of a shape that`,
    `  none was before: of others the words that the walk goes by are compared, and the table is there already. That is`,
    `  the ${number(table.ns)} ns. In a datagram of many messages their nodes are copied.`,
  )
}
for (const { once, onceRatio, corpus } of lines.filter((line) => line.once)) {
  out.push(
    `- With nothing remembered before, each message of the ${corpus} corpus once and in order: ${number(once)} ns a message` +
      `${onceRatio ? `; libnl-route takes ${number(onceRatio, 2)} times as long` : ''}.`,
  )
}
const bound = contestOf('lazy').find(({ name }) => name.includes('alone'))
const eager = contestOf('lazy').find(({ name }) => name.startsWith('JavaScript'))
if (bound && eager) {
  out.push(
    '- Of lazy views, only the views are lazy: to copy the messages into the module and check their chains takes',
    `  ${number(bound.ns)} ns a message, so that no views could be more than ${number(eager.ns / bound.ns, 1)} times as fast as the objects.`,
  )
}
const inCLoop = contestOf('filter by ifindex').find(({ name }) => name.startsWith('C'))
const inScript = contestOf('filter by ifindex').find(({ name }) => name.startsWith('JavaScript'))
if (inCLoop && inScript) {
  out.push(
    `- By ifindex, C is ${number(inScript.ns / inCLoop.ns, 1)} times as fast as JavaScript: that is the most there is to win.`,
  )
}
const least = latencies.find(({ who }) => who.startsWith('uv_poll'))
if (inC && ownLatency && least) {
  const us = (value: number) => `${number(value, 1)} µs`
  out.push(
    `- Of the ${us(ownLatency.p50)} from a send to a monitor's consumer, ${us(inC.p50)} are the kernel's and the C loop's.`,
    `  Node.js takes ${us(least.p50 - inC.p50)} more at the least: a turn of its loop, and one call of JavaScript for a datagram that C`,
    `  has read and nobody decodes. ${us(ownLatency.p50 - least.p50)} are the package's: every field of 1.4 KB, two states of the link in`,
    "  iproute2's names, what differs between them, and the turn of the async iterator.",
  )
}
for (const { skipped, why } of lines.filter((line) => line.skipped)) {
  out.push(`- Skipped: ${skipped}${why ? ` (${why})` : ''}.`)
}
out.push('', `The run took ${((Date.now() - began) / 1000).toFixed(0)} s.`, '')
writeFileSync(`${here}RESULTS.md`, out.join('\n'))
console.log(readFileSync(`${here}RESULTS.md`, 'utf8'))
