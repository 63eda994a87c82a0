// Debian's own Node.js for an architecture, where npm has none or an old one, and its musl.
// In: an architecture. Out: a folder with what a program of that architecture sees as its root; made once, under
// node_modules. Asks the mirror that apt is set up for, installs nothing and leaves apt's own state alone.

import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export type DebianArch = 'arm64' | 'armhf' | 'riscv64'

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'
const cache = fileURLToPath(new URL('node_modules/.cache', import.meta.url))

/** The newest first. Debian 12 has a Node.js that is too old, and no riscv64. */
const SUITES = ['sid', 'trixie']

/** @throws with the reason, in a line, when it cannot be had */
export function debianRoot(arch: DebianArch): string {
  const folder = join(cache, `debian-${arch}`)
  const root = join(folder, 'root')
  if (existsSync(join(folder, 'complete'))) return root
  const reasons: string[] = []
  for (const suite of SUITES) {
    rmSync(folder, { recursive: true, force: true })
    const reason = download(folder, suite, arch)
    if (reason === undefined) {
      unpack(folder, root)
      writeFileSync(join(folder, 'complete'), '')
      return root
    }
    reasons.push(reason)
  }
  throw new Error(reasons.join('; '))
}

/** Why it did not come; undefined when it did. */
function download(folder: string, suite: string, arch: DebianArch): string | undefined {
  for (const path of ['etc/apt', 'var/lib/apt/lists', 'var/cache/apt/archives', 'var/lib/dpkg']) {
    mkdirSync(join(folder, path), { recursive: true })
  }
  writeFileSync(join(folder, 'var/lib/dpkg/status'), '')
  writeFileSync(
    join(folder, 'etc/apt/sources.list'),
    `deb [signed-by=${KEYRING}] ${mirror()} ${suite} main\n`,
  )
  const options = {
    Dir: folder,
    'Dir::State::status': join(folder, 'var/lib/dpkg/status'),
    'APT::Architecture': arch,
    'APT::Architectures': arch,
    'APT::Install-Recommends': 'false',
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
  }
  const settings = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`])
  for (const words of ['update', '--yes --download-only install nodejs musl']) {
    const { status, stderr } = spawnSync('apt-get', [...settings, '-q', ...words.split(' ')], {
      encoding: 'utf8',
      timeout: 300_000,
    })
    const [error] = /^E: .*/m.exec(stderr) ?? []
    if (status !== 0) return `${suite}: ${error ?? `apt-get ${words}: ended with ${status}`}`
  }
  return undefined
}

function mirror(): string {
  const format = ['indextargets', '--format', '$(CODENAME) $(REPO_URI)', 'Origin: Debian']
  const { stdout } = spawnSync('apt-get', format, { encoding: 'utf8', timeout: 10_000 })
  const found = /^[a-z]+ (\S+)$/m.exec(stdout ?? '')?.[1]
  if (found === undefined) throw new Error('expected a mirror of Debian among the sources of apt')
  return found
}

/** With /lib for /usr/lib, as Debian has it, and without documentation. */
function unpack(folder: string, root: string): void {
  mkdirSync(join(root, 'usr/lib'), { recursive: true })
  symlinkSync('usr/lib', join(root, 'lib'))
  const script = `set -e
    for deb in "$1"/*.deb; do
      dpkg-deb --fsys-tarfile "$deb" |
        tar -x -C "$2" --no-same-owner --keep-directory-symlink --exclude=./usr/share/doc --exclude=./usr/share/man \\
          --exclude=./usr/share/nodejs/@types
    done
    rm "$1"/*.deb`
  const archives = join(folder, 'var/cache/apt/archives')
  execFileSync('bash', ['-o', 'pipefail', '-c', script, 'bash', archives, root])
}
