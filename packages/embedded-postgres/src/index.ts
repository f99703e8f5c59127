export { createDatabase, databaseUrl, dropDatabase } from './database.js'
export { type Leash, leash } from './leash.js'
export { type EmbeddedPostgres, type EmbeddedPostgresOptions, startEmbeddedPostgres } from './start.js'
