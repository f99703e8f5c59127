import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import type { Cgroup } from '../cgroup/cgroup.js'

/**
 * The kernel charges a page of a program to whoever touches it first, which on a machine that runs Node already is
 * somebody else: 35 MiB that a container alone on its node would pay for. So what is measured runs a copy of Node of its
 * own, which is thrown out of the cache before each start.
 */
export class OwnNode {
  readonly #path: string

  private constructor(path: string) {
    this.#path = path
  }

  static async copyTo(folder: string, name: string): Promise<OwnNode> {
    const path = join(folder, `node-${name}`)
    await copyFile(process.execPath, path)
    return new OwnNode(path)
  }

  /** A group in which this copy runs whatever was to be run by Node. */
  async in(cgroup: Cgroup): Promise<Cgroup> {
    // POSIX_FADV_DONTNEED for the whole file, once it is on disk; Node has no call for it.
    await execa('dd', [`of=${this.#path}`, 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0', 'status=none'])
    return { ...cgroup, enter: ([, ...args]) => cgroup.enter([this.#path, ...args]) }
  }
}
