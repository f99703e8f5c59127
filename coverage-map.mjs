import { execFileSync } from 'node:child_process'

/**
 * What counts as covered, whichever test runs it: our sources. Not the generated client, not the bundles (whole-process
 * tests run those; what only they reach is not counted), not the tests themselves.
 */
const sources = execFileSync('git', ['ls-files', '--', '*/src/*.ts'], { encoding: 'utf8' }).split('\n').filter(Boolean)

export default () => sources
