export { createDatabase, databaseUrl, dropDatabase } from './database.js'
export { findEmbeddedPostgres } from './find.js'
export { type Leash, leash } from './leash.js'
export { type EmbeddedPostgres, type EmbeddedPostgresOptions, startEmbeddedPostgres } from './start.js'
