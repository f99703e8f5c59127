import { isUtf8 } from 'node:buffer'
import { LIMITS, readByHand } from '@rollcall/contract'
import type { FastifyRequest } from 'fastify'
import plugin from 'fastify-plugin'
import { parse } from 'json-custom-numbers'
import { ZodType } from 'zod'
import { ApiError, MalformedJsonError } from '../errors.js'

/**
 * The only body the API reads: JSON in UTF-8, uncompressed. Integers beyond 2^53 become `bigint`, exactly, where
 * `JSON.parse` would round an id. Everything else is 415.
 *
 * json-custom-numbers is as fast as quoting long integers before `JSON.parse`, keeps a number a number and a string a
 * string, and does not recurse, so that depth cannot overflow the stack.
 */
export const json = plugin(
  async (app) => {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser(
      'application/json',
      { parseAs: 'buffer' },
      async (request: FastifyRequest, body: Buffer) => readPlain(request, body) ?? parseJson(body),
    )
    app.addHook('preParsing', async (request) => refuseEncodings(request))
  },
  { name: 'json', fastify: '5.x' },
)

/** A body that was read by its schema's reader, and so is what the schema makes of it. */
export class ReadBody {
  constructor(readonly value: unknown) {}
}

/** What travels a thousand at a time is read from its bytes, without a text and objects in between, as long as it is right. */
function readPlain({ routeOptions }: FastifyRequest, body: Buffer): ReadBody | undefined {
  if (!(routeOptions.schema?.body instanceof ZodType) || !isUtf8(body)) return undefined
  const value = readByHand(routeOptions.schema.body, body)
  return value === undefined ? undefined : new ReadBody(value)
}

/** @throws 415 for a compressed body, or one in another charset */
function refuseEncodings({ headers }: FastifyRequest): void {
  const encoding = headers['content-encoding']?.trim().toLowerCase()
  if (encoding && encoding !== 'identity') {
    throw new ApiError(
      415,
      'unsupported_media_type',
      `Send the body as it is; Content-Encoding ${quoted(encoding)} is not read.`,
    )
  }
  const charset = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(headers['content-type'] ?? '')?.[1]
  if (charset && !/^utf-?8$/i.test(charset)) {
    throw new ApiError(415, 'unsupported_media_type', `Send the body in UTF-8; charset ${quoted(charset)} is not read.`)
  }
}

const quoted = (value: string) => JSON.stringify(value.slice(0, 40))

const { max_json_depth, max_json_digits, max_json_commas, max_json_colons } = LIMITS
const COMMA = 0x2c
const COLON = 0x3a

/**
 * Keys that would reach a prototype, plain or escaped. They are looked for in the text: this parser acts on `__proto__`, and
 * a second parse with one that does not would hold the largest body twice.
 */
const FORBIDDEN_KEY = new RegExp(`"(?:${spelled('__proto__')}|${spelled('constructor')})"\\s*:`)

function spelled(key: string): string {
  const hex = (character: string) => character.charCodeAt(0).toString(16).replace('f', '[fF]')
  return [...key].map((it) => `(?:${it}|\\\\u00${hex(it)})`).join('')
}

/**
 * An empty body is none: what a route needs, its schema says.
 *
 * @throws {@link MalformedJsonError}
 */
export function parseJson(body: Buffer): unknown {
  if (body.length === 0) return undefined
  if (!isUtf8(body)) throw new MalformedJsonError('The text is not UTF-8')
  requireFewValues(body)
  const text = body.toString()
  if (FORBIDDEN_KEY.test(text)) throw new MalformedJsonError('It has a key that is not allowed')
  try {
    return parse(text, undefined, toNumber, max_json_depth.max)
  } catch (error) {
    throw new MalformedJsonError(reason(error))
  }
}

/** Counts before anything is parsed; inside strings, too, which the bounds leave room for. */
function requireFewValues(body: Buffer): void {
  // Too short to hold too many.
  if (body.length <= max_json_commas.max) return
  let commas = 0
  let colons = 0
  for (let index = 0; index < body.length; index++) {
    const byte = body[index]
    if (byte === COMMA) commas++
    else if (byte === COLON) colons++
  }
  if (commas > max_json_commas.max || colons > max_json_colons.max)
    throw new MalformedJsonError('It has too many values or keys')
}

/** The parser quotes the place, and with it the body: only the first words leave the process. */
const reason = (error: unknown) =>
  error instanceof Error ? (error.message.split('\n')[0] ?? '').slice(0, 120) : 'unreadable'

function toNumber(_key: unknown, source: string): number | bigint {
  const number = Number(source)
  if (Number.isSafeInteger(number) || !/^-?\d+$/.test(source)) return number
  if (source.length > max_json_digits.max) {
    throw new SyntaxError(`A number has more than ${max_json_digits.max} digits`)
  }
  return BigInt(source)
}
