// Boots Debian's kernel in QEMU, with every module that it has, and compares dumps of families that containers lack with
// their tools: inside.mjs. Needs qemu-system-x86, busybox-static, cpio, kmod, wireguard-tools, iw, libteam-utils.
// In: nothing. Out: test/EMULATED.md; exit code 1 where something differs. The kernel's package is downloaded each time.
//
//   initramfs: busybox, the modules of 9p ─▶ this machine's files, read-only, what is written in memory ─▶ inside.mjs

import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
/** Emulated without help of the processor, on a busy machine. */
const BOOT_MS = 900_000

interface Row {
  family: string
  operation: string
  tool: string
  objects: number
  fields: number
  differences: string[]
}

const INIT = `#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
for module in /modules/*.ko; do /bin/busybox insmod $module; done
/bin/busybox mkdir -p /below /memory /new
/bin/busybox mount -t 9p -o trans=virtio,version=9p2000.L,ro,msize=262144,cache=loose host /below
/bin/busybox mount -t tmpfs tmpfs /memory
/bin/busybox mkdir -p /memory/upper /memory/work
/bin/busybox mount -t overlay -o lowerdir=/below,upperdir=/memory/upper,workdir=/memory/work overlay /new
/bin/busybox mount -t proc proc /new/proc
/bin/busybox mount -t sysfs sys /new/sys
/bin/busybox mount -t devtmpfs dev /new/dev
script=$(/bin/busybox sed 's/.*script=\\([^ ]*\\).*/\\1/' /proc/cmdline)
# As process 1 itself, so that the kernel finds modprobe there, too.
exec /bin/busybox chroot /new /bin/sh $script
`

const sh = (command: string, cwd: string): string =>
  execFileSync('/bin/sh', ['-ec', command], { cwd, encoding: 'utf8' })

const scratch = mkdtempSync(join(tmpdir(), 'netlink-wasm-emulated-'))
try {
  const output = boot(scratch)
  const printed = Array.from(output.matchAll(/^ROW (.*?)\r?$/gm), ([, json = '']) =>
    JSON.parse(json),
  )
  const [first, ...rows] = printed
  if (!first) throw new Error(`expected the kernel to start, got:\n${output.slice(-2000)}`)
  writeFileSync(`${root}test/EMULATED.md`, document(first.kernel, first.hasNetdevsim, rows))
  for (const { family, operation, fields, differences } of rows as Row[]) {
    console.log(`${family} ${operation}: ${fields} fields, ${differences.length} differ`)
    for (const one of differences) console.log(`  ${one}`)
  }
  process.exitCode = rows.length > 0 && rows.every(isAlike) ? 0 : 1
} finally {
  rmSync(scratch, { recursive: true })
}

function isAlike({ fields, differences }: Row): boolean {
  return fields > 0 && differences.length === 0
}

/** What the emulated machine prints until it is switched off. */
function boot(folder: string): string {
  const [name = ''] = sh(
    "apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: //p' | grep ^linux-image",
    folder,
  ).split('\n')
  sh(`apt-get download ${name} && dpkg-deb -x ${name}_*.deb kernel`, folder)
  const modules = `${folder}/kernel/lib/modules`
  const [version = ''] = readdirSync(modules)
  sh(`depmod -b kernel ${version}`, folder)
  initramfs(folder, version)
  const script = `${folder}/script`
  const lines = [
    'export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    `mkdir -p /lib/modules && mount --bind ${modules} /lib/modules`,
    'mount -t tmpfs tmpfs /run',
    'modprobe -a wireguard mac80211_hwsim team_mode_roundrobin macsec l2tp_eth l2tp_netlink l2tp_ip veth',
    `${process.execPath} ${root}test/emulated/inside.mjs`,
    'busybox poweroff -f',
  ]
  writeFileSync(script, `${lines.join('\n')}\n`)
  const { stdout, error } = spawnSync(
    'qemu-system-x86_64',
    [
      ...['-accel', 'tcg', '-cpu', 'max', '-m', '1500', '-nographic', '-no-reboot', '-net', 'none'],
      ...['-kernel', `${folder}/kernel/boot/vmlinuz-${version}`, '-initrd', `${folder}/initramfs`],
      ...['-append', `console=ttyS0 quiet panic=-1 script=${script}`],
      '-virtfs',
      'local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap',
    ],
    { encoding: 'utf8', timeout: BOOT_MS, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  if (error) throw error
  return stdout
}

/** Busybox, and the modules without which this machine's files cannot be reached. */
function initramfs(folder: string, version: string): void {
  const into = `${folder}/init`
  for (const name of ['bin', 'proc', 'modules']) mkdirSync(`${into}/${name}`, { recursive: true })
  copyFileSync(sh('command -v busybox', folder).trim(), `${into}/bin/busybox`)
  const wanted = ['virtio_pci', '9p', '9pnet_virtio', 'overlay']
  const paths = wanted.flatMap((name) =>
    sh(`modprobe -n --show-depends -d ${folder}/kernel -S ${version} ${name}`, folder)
      .split('\n')
      .flatMap((line) => /^insmod (\S+)/.exec(line)?.[1] ?? []),
  )
  // In the order in which they need each other.
  for (const [at, path] of [...new Set(paths)].entries()) {
    copyFileSync(path, `${into}/modules/${String(at).padStart(2, '0')}-${basename(path)}`)
  }
  writeFileSync(`${into}/init`, INIT, { mode: 0o755 })
  sh('cd init && find . | cpio -o -H newc --quiet > ../initramfs', folder)
}

function document(kernel: string, hasNetdevsim: boolean, rows: Row[]): string {
  const lines = [
    '# What dumps say on an emulated kernel',
    '',
    'Made by `npm run emulated`; nothing in it is written by hand. It boots the kernel of Debian in QEMU, makes what the',
    'families here are about, and holds every field that their tools print against what `dump()` gives, or `do()` of team.',
    `The kernel was ${kernel}.${hasNetdevsim ? '' : ' It has no netdevsim, so that there is no device for devlink.'}`,
    '',
    '| family | operation | beside | objects | fields | differ |',
    '| --- | --- | --- | --- | --- | --- |',
  ]
  for (const { family, operation, tool, objects, fields, differences } of rows) {
    const differ = differences.length === 0 ? '0' : differences.join('; ').replaceAll('\n', ' ')
    lines.push(`| ${[family, operation, `\`${tool}\``, objects, fields, differ].join(' | ')} |`)
  }
  return `${lines.join('\n')}\n`
}
