import type { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'

/** Sends what Postgres wrote as it is. */
export const sendJson = (reply: FastifyReply, json: string | Readable) => reply.type('application/json').send(json)
