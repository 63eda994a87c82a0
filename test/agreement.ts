// Holds the decoder against iproute2, nft and tshark, prints how much agrees, and writes that to test/AGREEMENT.md.
// In: what was built, and those programs. Out: a table; exit code 1 where something differs.

import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { release } from 'node:os'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))
const tsx = [process.execPath, '--import', 'tsx']
const uvu = fileURLToPath(new URL('../node_modules/uvu/bin.js', import.meta.url))

interface Run {
  title: string
  command: string[]
}

const RUNS: Run[] = [
  {
    title: 'tshark, on the recorded captures',
    command: [process.execPath, uvu, '-r', 'tsx', here, '^tree/tshark\\.test\\.ts$'],
  },
  {
    title: 'iproute2, tc, bridge and nft, on what a namespace is full of',
    command: [...tsx, `${here}live/run.ts`, 'agree-ip'],
  },
  {
    title: 'iproute2, tc and bridge, on recorded messages that a kernel may refuse to make',
    command: [...tsx, `${here}live/run.ts`, 'agree-recorded'],
  },
  {
    title: 'tshark, on the traffic that fills it',
    command: [...tsx, `${here}live/run.ts`, 'traffic'],
  },
]

let isWhole = true
const sections = RUNS.map(({ title, command: [file = '', ...args] }) => {
  const { status, stdout, stderr } = spawnSync(file, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    // The lines are read, so they must not be coloured.
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
  })
  if (status !== 0) {
    isWhole = false
    console.error(stdout, stderr)
  }
  // uvu puts its dots in front of what a test prints.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours of these dots
  const plain = stdout.replace(/\x1b\[\d+m/g, '').replace(/^[• ]+/gm, '')
  const lines = plain.split('\n').filter((line) => /\d+ (values|fields) .*agree/.test(line))
  if (lines.length === 0) {
    isWhole = false
    console.error(`${title}: expected figures, got none`)
  }
  const left = plain.split('\n').filter((line) => line.startsWith('not compared:'))
  return [
    `## ${title}`,
    lines.map((line) => `- ${line}`).join('\n'),
    ...(left.length > 0
      ? [`Not compared:\n\n${left.map((line) => `- ${line.slice(14)}`).join('\n')}`]
      : []),
  ].join('\n\n')
})

const text = `# What other decoders say of the same messages

Written by \`npm run agreement\` on Linux ${release().split('-')[0]}, tshark and iproute2 of Debian 12. A field is compared where both
know it; *distinct* counts names. None may differ.

${sections.join('\n\n')}
`
process.stdout.write(text)
if (isWhole) await writeFile(new URL('AGREEMENT.md', import.meta.url), text)
process.exitCode = isWhole ? 0 : 1
