import { execFileSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Surroundings that a command can be started in. */
export interface PrivateResolver {
  /** The same command, started so that it alone asks this resolver; its process id stays. */
  readonly enter: (command: readonly string[]) => readonly [string, ...string[]]
}

/** Why a process cannot have a resolver of its own here, or undefined. */
export function privateResolverObstacle(): string | undefined {
  if (process.platform !== 'linux') return 'needs mount namespaces, which only Linux has'
  if (process.getuid?.() !== 0) return 'needs root, for a resolv.conf of its own and port 53'
  try {
    execFileSync('unshare', ['--mount', 'true'], { stdio: 'ignore' })
  } catch {
    return 'needs unshare --mount, which this machine refuses'
  }
  return undefined
}

/**
 * A resolv.conf that only those see who are started with it, in a mount namespace of their own.
 *
 * @param dir - where its files are written; they must stay as long as the processes
 * @param address - of the DNS server, which listens on port 53
 * @see https://man7.org/linux/man-pages/man5/resolv.conf.5.html
 */
export function privateResolver(dir: string, address: string): PrivateResolver {
  const [resolvConf, nsswitch] = [join(dir, 'resolv.conf'), join(dir, 'nsswitch.conf')]
  // Longer than slow answers take, so that a question is sent once; no search list.
  writeFileSync(resolvConf, `nameserver ${address}\noptions timeout:20 attempts:1\nsearch .\n`)
  writeFileSync(nsswitch, 'hosts: files dns\n')
  const mounts = [`mount --bind "${resolvConf}" /etc/resolv.conf`]
  if (existsSync('/etc/nsswitch.conf')) mounts.push(`mount --bind "${nsswitch}" /etc/nsswitch.conf`)
  const script = `${mounts.join(' && ')} && exec "$@"`
  return { enter: (command) => ['unshare', '--mount', 'sh', '-c', script, 'sh', ...command] }
}
