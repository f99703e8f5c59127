export * from './container.js'
export * from './derive-limits.js'
export * from './needs.js'
