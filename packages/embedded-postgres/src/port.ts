import { once } from 'node:events'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { noneWhenMissing } from './cluster.js'

/** The port that this data folder had before, so that addresses survive a restart; another when it is taken. */
export async function rememberedPort(dataDir: string): Promise<number> {
  const path = join(dataDir, 'port')
  const known = Number(await readFile(path, 'utf8').catch(noneWhenMissing))
  if (Number.isInteger(known) && (await freePort(known)) === known) return known
  const port = await freePort(0)
  if (port === undefined) throw new Error('No free port on 127.0.0.1')
  await rm(path, { force: true })
  await writeFile(path, `${port}\n`)
  return port
}

/** `wanted`, or any for 0; undefined when it is taken. */
async function freePort(wanted: number): Promise<number | undefined> {
  const server = createServer()
  try {
    server.listen(wanted, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    return typeof address === 'object' ? address?.port : undefined
  } catch {
    return undefined
  } finally {
    server.close()
  }
}
