import fastJson, { type AnySchema } from 'fast-json-stringify'
import type { FastifySchemaCompiler } from 'fastify'
import type { FastifySerializerCompiler } from 'fastify/types/schema.js'
import plugin from 'fastify-plugin'
import { z } from 'zod'
import { ValidationError } from '../errors.js'
import { ReadBody } from './json.js'

/** Requests are parsed by the contract's zod schemas; every fault is collected. */
const validate: FastifySchemaCompiler<z.ZodType> =
  ({ schema, httpPart }) =>
  (data) => {
    if (data instanceof ReadBody) return { value: data.value }
    const result = schema.safeParse(data)
    if (result.success) return { value: result.data }
    const place = httpPart === 'body' ? '' : `${httpPart ?? ''}`
    return {
      error: new ValidationError(
        result.error.issues.map((it) => ({ path: pathOf(place, it.path), message: it.message })),
      ),
    }
  }

/** `members[3].roles`, as a person would write it. */
function pathOf(place: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : text ? `${text}.${String(key)}` : String(key)),
    place,
  )
}

/**
 * Answers are written by fast-json-stringify, in the wire form of the schema: it writes a `bigint` exactly, which
 * `JSON.stringify` refuses, and leaves out what the schema does not name.
 */
const serialize: FastifySerializerCompiler<z.ZodType> = ({ schema }) => {
  const write = fastJson(wireSchema(schema) as AnySchema)
  return (data) => write(data)
}

function wireSchema(schema: z.ZodType): unknown {
  return z.toJSONSchema(schema, {
    io: 'input',
    target: 'draft-7',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      // fast-json-stringify would pick a branch of anyOf by validating, and a bigint is not a string to a validator.
      const [value, nothing] = jsonSchema.anyOf ?? []
      if (value && nothing?.type === 'null') {
        delete jsonSchema.anyOf
        Object.assign(jsonSchema, value, { nullable: true })
      }
    },
  })
}

export const schemas = plugin(
  async (app) => {
    app.setValidatorCompiler(validate as FastifySchemaCompiler<unknown>)
    app.setSerializerCompiler(serialize as FastifySerializerCompiler<unknown>)
  },
  { name: 'schemas', fastify: '5.x' },
)
