import { chmod, lstat, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { copyBinaries } from '../src/copy-binaries.js'

const folder = await mkdtemp('/tmp/rollcall-copy-')
t.teardown(() => rm(folder, { recursive: true, force: true }))
const TMPDIR = process.env.TMPDIR
t.teardown(() => {
  if (TMPDIR === undefined) delete process.env.TMPDIR
  else process.env.TMPDIR = TMPDIR
})
process.env.TMPDIR = folder
await chmod(folder, 0o755)

const native = join(folder, 'native')
await mkdir(join(native, 'bin'), { recursive: true, mode: 0o700 })
await mkdir(join(native, 'lib'), { mode: 0o700 })
await writeFile(join(native, 'bin', 'postgres'), '#!/bin/sh\n', { mode: 0o700 })
await writeFile(join(native, 'lib', 'libx.so.1.2'), 'library', { mode: 0o600 })
await writeFile(
  join(native, 'pg-symlinks.json'),
  JSON.stringify([{ source: 'native/lib/libx.so.1.2', target: 'native/lib/libx.so.1' }]),
)
const mode = async (path: string) => ((await lstat(path)).mode & 0o777).toString(8)

t.test('a copy has its links and is readable by all, writable by none', async (t) => {
  const copy = await copyBinaries(native, 'fresh', undefined)
  t.equal(await readFile(join(copy, 'lib', 'libx.so.1'), 'utf8'), 'library')
  t.strictSame(await Promise.all(['', 'bin', 'bin/postgres', 'lib/libx.so.1.2'].map((it) => mode(join(copy, it)))), [
    '755',
    '755',
    '755',
    '644',
  ])
})

t.test('a copy is made once, and again when part of it has gone', async (t) => {
  const copy = await copyBinaries(native, 'twice', undefined)
  const { ino } = await lstat(copy)
  t.equal(await copyBinaries(native, 'twice', undefined), copy)
  t.equal((await lstat(copy)).ino, ino)
  await rm(join(copy, 'lib', 'libx.so.1.2'))
  await copyBinaries(native, 'twice', undefined)
  t.equal(await readFile(join(copy, 'lib', 'libx.so.1'), 'utf8'), 'library')
})

t.test('several that need the copy at once all get it', async (t) => {
  const copies = await Promise.all([1, 2, 3].map(() => copyBinaries(native, 'together', undefined)))
  t.equal(new Set(copies).size, 1)
})

t.test('nothing is run from a place that another user can write to', async (t) => {
  await mkdir(join(folder, 'open'))
  await chmod(join(folder, 'open'), 0o777)
  await t.rejects(copyBinaries(native, 'open', undefined), { message: /can be changed by another user/ })
  await symlink(native, join(folder, 'link'))
  await t.rejects(copyBinaries(native, 'link', undefined), { message: /can be changed by another user/ })
})

t.test('a private temporary folder is passed over for an account that cannot reach it', async (t) => {
  const name = `rollcall-copy-test-${process.pid}`
  t.teardown(() => rm(join('/tmp', name), { recursive: true, force: true }))
  await chmod(folder, 0o700)
  t.equal(await copyBinaries(native, name, { uid: 65_534, gid: 65_534 }), join('/tmp', name))
})
