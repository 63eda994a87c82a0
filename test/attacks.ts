// Tries everything that an adversarial review found, prints what happens now as a Markdown table, and writes
// that to test/ATTACKS.md. `npm run attacks` tries all of it; words behind `--` choose the rows that hold one.

import { writeFile } from 'node:fs/promises'
import type { Attack } from './attacks/attack.ts'

const ROOMS = ['decoder', 'native', 'monitor', 'memory', 'command']

const chosen = process.argv.slice(2)
const rows: string[] = []
let failed = 0
for (const room of ROOMS) {
  const { attacks } = (await import(`./attacks/${room}.ts`)) as { attacks: Attack[] }
  for (const { name, provoked, before, run } of attacks) {
    if (chosen.length > 0 && !chosen.some((word) => name.includes(word))) continue
    const now = await run().catch((error: unknown) => {
      failed++
      return `**not held**: ${String(error).split('\n')[0]}`
    })
    const row = `| ${[name, provoked, before, now].join(' | ')} |`
    console.log(row)
    rows.push(row)
  }
}

if (chosen.length === 0) {
  await writeFile(
    new URL('ATTACKS.md', import.meta.url),
    `# What attacks come to

Written by \`npm run attacks\`, on what was built. Each row was tried anew when this page was written, and a test
tries a shorter form of it in every run.

| attack | how it is provoked | the first edition | now |
| --- | --- | --- | --- |
${rows.join('\n')}
`,
  )
}
process.exitCode = failed === 0 ? 0 : 1
