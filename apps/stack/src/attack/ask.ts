import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

const ANSWER_BYTES = 4_096

/** An HTTP status; or how it ended without one. */
export type Outcome = number | 'closed' | 'hung up' | 'no answer in time'

/**
 * Sends exactly these pieces over a connection of its own, whether or not they are HTTP, each when the generator comes to
 * it, and hears the first line of the answer.
 *
 * @param patienceMs - after this, no answer will come
 */
export function ask(
  { url, patienceMs }: { readonly url: string; readonly patienceMs: number },
  pieces: AsyncIterable<string | Buffer> | Iterable<string | Buffer>,
): Promise<Outcome> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), noDelay: true })
  let heard = ''
  return new Promise((resolve) => {
    const settle = (outcome: Outcome) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(outcome)
    }
    const timer = setTimeout(() => settle('no answer in time'), patienceMs)
    socket.on('error', () => {})
    socket.on('data', (piece) => {
      if (heard.length < ANSWER_BYTES) heard += piece.toString('latin1')
      const status = /^HTTP\/1\.1 (\d{3}) /.exec(heard)?.[1]
      if (status !== undefined) settle(Number(status))
    })
    socket.on('close', () => settle('closed'))
    const source = Readable.from(pieces)
    socket.on('close', () => source.destroy())
    source.on('error', () => {}).pipe(socket, { end: false })
  })
}

/** Sends this over a connection of its own and goes so long after that, whatever the answer. */
export async function hangUp({ url }: { readonly url: string }, text: string, afterMs: number): Promise<Outcome> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), noDelay: true })
  socket.on('error', () => {})
  const sent = new Promise((resolve) => socket.once('close', resolve).write(text, resolve))
  await sent
  await sleep(afterMs)
  socket.destroy()
  return 'hung up'
}

/** A head as it should be, or with a header that should not be. */
export function headOf(method: string, path: string, headers: Readonly<Record<string, string | number>>): string {
  const lines = Object.entries({ Host: 'api', ...headers }).map(([name, value]) => `${name}: ${value}`)
  return `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`
}
