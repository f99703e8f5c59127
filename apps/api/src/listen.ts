import type { FastifyInstance } from 'fastify'

interface Address {
  readonly host: string
  readonly port: number
}

/** What an operator can do about it, by the system's word for it. */
const REMEDIES: Record<string, string> = {
  EADDRINUSE: 'it is taken already',
  EACCES: 'this account may not open it',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'there is no such host',
}

/**
 * @param name - of the listener, for the log
 * @param variable - that sets the port
 * @throws with a sentence for a person when the address cannot be had
 */
export async function listen(app: FastifyInstance, name: string, variable: string, { host, port }: Address) {
  try {
    await app.listen({ host, port, listenTextResolver: (address) => `${name} at ${address}` })
  } catch (error) {
    const remedy = REMEDIES[(error as NodeJS.ErrnoException).code ?? '']
    if (!remedy) throw error
    throw new Error(`Cannot listen on ${host}:${port}: ${remedy}. Set HOST or ${variable} to another.`, {
      cause: error,
    })
  }
}
