export * from './long-lived-collections.js'
export * from './unbounded.js'
