export * from './cache-lookups.js'
export * from './lookup-counters.js'
