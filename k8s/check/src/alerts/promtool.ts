import { execa } from 'execa'

/** promtool comes with Prometheus, not with npm. */
export class NoPromtoolError extends Error {
  override readonly name = 'NoPromtoolError'

  constructor() {
    super('promtool is not on this machine; it comes with Prometheus (on Debian: apt install prometheus).')
  }
}

/**
 * Runs promtool and returns what it says.
 *
 * @throws {@link NoPromtoolError}; an Error with promtool's words when it finds a fault
 */
export async function promtool(args: readonly string[], cwd: string): Promise<string> {
  const { all, exitCode, code } = await execa('promtool', args, { cwd, all: true, reject: false, timeout: 120_000 })
  if (code === 'ENOENT') throw new NoPromtoolError()
  if (exitCode !== 0) throw new Error(all)
  return `${all.trim()}\n`
}
