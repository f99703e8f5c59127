import { createHash, randomBytes } from 'node:crypto'

/** A recognisable start lets secret scanners find a key that was committed by mistake. */
const PREFIX = 'rollcall_'

/** A new key: 256 random bits. It is shown once and stored nowhere. */
export const createKey = (): string => PREFIX + randomBytes(32).toString('base64url')

/** What is stored of a key. A plain hash is enough for 256 random bits, which cannot be guessed. */
export const hashKey = (key: string): Buffer => createHash('sha256').update(key).digest()
