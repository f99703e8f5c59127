import { defineConfig } from 'prisma/config'

// `generate`, `validate` and `format` never run the native schema engine, yet the CLI downloads it first unless this
// variable names an executable. It must not reach a migrate command: `migrate deploy` would then succeed and apply nothing.
const needsNoEngine = ['generate', 'validate', 'format'].some((command) => process.argv.includes(command))
if (needsNoEngine) process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath

export default defineConfig({
  schema: 'schema.prisma',
  migrations: { path: 'migrations' },
  ...(process.env.DATABASE_URL ? { datasource: { url: process.env.DATABASE_URL } } : {}),
})
