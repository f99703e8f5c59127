import swagger, { type SwaggerTransform } from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import { LIMITS } from '@rollcall/contract'
import plugin from 'fastify-plugin'
import { z } from 'zod'

const DESCRIPTION = `Who is a member of a Discord guild, with which roles.

**Ids** are 64-bit: strings of digits in native answers, bare integers in those of the bot mount; both take either.
**Stamps** say when a state was observed; newer beats older, always, so every write may be repeated.

Limits:
${Object.entries(LIMITS)
  .map(([name, { sentence }]) => `* \`${name}\`: ${sentence}`)
  .join('\n')}`

type JsonSchema = Record<string, unknown>

/** The OpenAPI document of the same schemas that check the requests; `/docs` to browse, `/docs/json` to fetch. */
export const openapi = plugin(
  async (app) => {
    const components: Record<string, JsonSchema> = {}
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'Rollcall',
          version: '1',
          description: DESCRIPTION,
          license: { name: 'MIT', identifier: 'MIT' },
        },
        components: {
          securitySchemes: {
            bearer: { type: 'http', scheme: 'bearer' },
            token: { type: 'apiKey', in: 'header', name: 'Authorization', description: 'Token <key>' },
          },
        },
        security: [{ bearer: [] }, { token: [] }],
      },
      transform: ({ schema, url }) => ({ schema: toJsonSchemas(schema, components), url }),
      transformObject: (document) => {
        const object = 'openapiObject' in document ? document.openapiObject : {}
        return { ...object, components: { ...object.components, schemas: components } } as typeof object
      },
    })
    await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: true, logLevel: 'warn' })
  },
  { name: 'openapi', fastify: '5.x' },
)

/** The parts of a route schema as JSON Schema, in their wire form; those with an id go to `components`. */
function toJsonSchemas(schema: Parameters<SwaggerTransform>[0]['schema'], components: Record<string, JsonSchema>) {
  const convert = (part: unknown) => (part instanceof z.ZodType ? toJsonSchema(part, components) : part)
  const { body, params, querystring, headers, response, ...rest } = (schema ?? {}) as Record<string, unknown>
  const parts = Object.entries({ body, params, querystring, headers }).filter(([, part]) => part !== undefined)
  const answers = Object.entries((response ?? {}) as Record<string, unknown>)
  return {
    ...rest,
    ...Object.fromEntries(parts.map(([name, part]) => [name, convert(part)])),
    ...(response ? { response: Object.fromEntries(answers.map(([status, part]) => [status, convert(part)])) } : {}),
  } as never
}

function toJsonSchema(schema: z.ZodType, components: Record<string, JsonSchema>): JsonSchema {
  const { $schema, $defs, ...json } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema
  const renamed = JSON.parse(JSON.stringify({ json, $defs }).replaceAll('"#/$defs/', '"#/components/schemas/'))
  for (const [name, definition] of Object.entries<JsonSchema>(renamed.$defs ?? {}))
    components[name] = withoutId(definition)
  if (typeof json.id !== 'string') return renamed.json
  components[json.id] = withoutId(renamed.json)
  return { $ref: `#/components/schemas/${json.id}` }
}

const withoutId = ({ id: _id, ...rest }: JsonSchema): JsonSchema => rest
