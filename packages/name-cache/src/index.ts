export * from './cache-lookups.js'
