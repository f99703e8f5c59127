import { constants } from 'node:fs'
import { access, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type CgroupPaths, cgroupPaths } from '@rollcall/container-limits'
import { type Controllers, version1, version2 } from './controllers.js'

/** A person can do something about it: be root, or be on Linux. */
export class CgroupUnavailableError extends Error {
  override readonly name = 'CgroupUnavailableError'

  constructor(reason: string) {
    super(
      `The limits of a container cannot be enforced here: ${reason}. It takes Linux, root, and cgroups that can be written to.`,
    )
  }
}

/**
 * Where this process may make groups: version 2 where the one hierarchy has the controllers, else version 1.
 *
 * @param root - of the file system; another in tests
 * @throws {@link CgroupUnavailableError} where there are no cgroups, or none that can be written to
 */
export async function findControllers(root = '/'): Promise<Controllers> {
  const mount = join(root, 'sys/fs/cgroup')
  const paths = await cgroupPaths(root)
  if (await exists(join(mount, 'cgroup.controllers'))) return version2(await unifiedParent(mount, paths))
  const [memory, cpu] = await Promise.all([
    visibleGroup(join(mount, 'memory'), paths.memory, 'memory.limit_in_bytes'),
    visibleGroup(join(mount, 'cpu'), paths.cpu, 'cpu.cfs_quota_us'),
  ])
  if (memory === undefined || cpu === undefined) {
    throw new CgroupUnavailableError(`no controllers of memory and CPU in ${mount}`)
  }
  await requireWritable(memory)
  await requireWritable(cpu)
  return version1(memory, cpu)
}

/** Our own group, or the mount's root where our group is that of the host and not to be seen. */
async function visibleGroup(mount: string, path: string, file: string): Promise<string | undefined> {
  for (const group of [join(mount, path), mount]) {
    if (await exists(join(group, file))) return group
    // The root of a hierarchy has no limits of its own, but groups can be made in it.
    if (group === mount && (await exists(join(group, 'cgroup.procs')))) return group
  }
  return undefined
}

/**
 * The nearest group above ours that hands both controllers to its children. Ours cannot be it: a group with processes in it
 * has no children with limits, unless it is the root.
 */
async function unifiedParent(mount: string, { unified }: CgroupPaths): Promise<string> {
  for (let path = unified; ; ) {
    path = dirname(path)
    const group = join(mount, path)
    if (await handsDown(group)) {
      await requireWritable(group)
      return group
    }
    if (path !== '/') continue
    await requireWritable(group)
    await writeFile(join(group, 'cgroup.subtree_control'), '+memory +cpu').catch((error: Error) => {
      throw new CgroupUnavailableError(`the controllers of memory and CPU cannot be switched on (${error.message})`)
    })
    return group
  }
}

async function handsDown(group: string): Promise<boolean> {
  const controllers = await readFile(join(group, 'cgroup.subtree_control'), 'utf8').catch(() => '')
  const names = controllers.trim().split(' ')
  return names.includes('memory') && names.includes('cpu')
}

async function requireWritable(group: string): Promise<void> {
  await access(group, constants.W_OK).catch(() => {
    throw new CgroupUnavailableError(`${group} cannot be written to`)
  })
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )
