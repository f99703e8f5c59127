export * from './bound-connections.js'
export * from './bounds.js'
export * from './count-dns-lookups.js'
export * from './create-registry.js'
