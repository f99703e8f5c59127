export * from './container.js'
