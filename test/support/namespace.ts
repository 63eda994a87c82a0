// Namespaces of their own for what adds links or mounts: the command that runs the rest of its arguments in them.

/** Other namespaces than that of the network are named as for unshare: `--mount`. */
export function unshare(...others: string[]): string[] {
  const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']
  return ['unshare', ...user, '--net', ...others]
}
