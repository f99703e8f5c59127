import { readFile } from 'node:fs/promises'
import t from 'tap'
import { SYNCER_SCOPES } from '../src/scopes.js'

const read = (path: string) => readFile(new URL(`../../../${path}`, import.meta.url), 'utf8')

t.test('every document names the scopes that the syncer needs, and no more', async (t) => {
  const { reconcile, live } = SYNCER_SCOPES
  const option = `--scopes ${[...reconcile, ...live].join(',')}\n`
  for (const path of ['docs/operations.md', 'k8s/README.md']) t.match(await read(path), option, path)
  const example = (await read('apps/bot-syncer/.env.example')).replaceAll('\n# ', ' ')
  t.match(example, `with the scopes ${reconcile.join(', ')}.`)
  t.match(example, `needs the scope ${live.join(', ')}, too.`)
})
