import { lookUpNames } from './look-up-names.js'
import { tellUsedBytes } from './used-bytes.js'

/**
 * Loaded into a process before its program (`node --expose-gc --import`): tells what is in use whenever it is asked by the
 * signal of a terminal that changes its size, which no program without a screen heeds. Before that it asks for names that are
 * new to it, which nobody can make it do from outside.
 */
process.on('SIGWINCH', async () => {
  await lookUpNames()
  tellUsedBytes()
})
