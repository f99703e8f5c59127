export * from './private-resolver.js'
export * from './resolver.js'
