// Injects every fault of test/support/fault-scenarios.ts into monitors on fake kernels, prints what came
// of it as a Markdown table, and writes that to test/FAULTS.md.

import { writeFile } from 'node:fs/promises'
import { type Outcome, run, SCENARIOS } from './support/fault-scenarios.ts'

function row({ fault, times, events, stats, errors, equal }: Outcome): string {
  const list = (counts: Map<string, number>) =>
    [...counts].map(([key, value]) => `${value} ${key}`).join(', ') || '–'
  const isEqual = equal === times ? 'yes' : `no (${times - equal} of ${times})`
  const cells = [fault, times, list(events), list(stats), [...errors].join(', ') || '–', isEqual]
  return `| ${cells.join(' | ')} |`
}

const rows: string[] = []
for (const scenario of SCENARIOS) rows.push(row(await run(scenario)))

const table = `# What a link monitor makes of faults

Written by \`npx tsx test/faults.ts\`, on what was built. Each fault is injected that often, each time into a
monitor of its own on a \`fakeKernel()\` with seven links, in the midst of random changes.

- **events**: those that the fault made: \`gap\`, \`fault\`, and differences found by a dump (\`resync\`).
- **stats**: the sum of what the monitors counted; the first dump of each is among \`dumps\`.
- **errors**: what ended the monitor, or kept it from opening. The user opens another.
- **equal**: whether afterwards \`links\`, and what an iteration was told, are the kernel's own list, in
  ifindex, ifname, altnames, flags, mtu, operstate, address, broadcast, txqlen, master and link.

| fault | injected | events | stats | errors | equal |
| --- | --- | --- | --- | --- | --- |
${rows.join('\n')}
`
process.stdout.write(table)
await writeFile(new URL('FAULTS.md', import.meta.url), table)
process.exitCode = rows.every((text) => text.endsWith('| yes |')) ? 0 : 1
