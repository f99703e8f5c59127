import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { APPS, type AppName, recommend, type Size, toBytes } from '@rollcall/container-limits'
import { t } from 'tap'
import { check } from '../src/check.js'
import { readDockerfile } from '../src/images/read-dockerfile.js'
import { containersOf, type KubeObject, nameOf, ofKind, workloadsOf } from '../src/kube-object.js'
import { NoKubectlError, parseObjects } from '../src/render.js'
import { type Rendering, renderAll } from '../src/renderings.js'

const ROOT = join(import.meta.dirname, '..', '..', '..')

/** Where each program is deployed. */
const RENDERINGS: Readonly<Record<AppName, string>> = {
  api: 'overlays/production',
  syncer: 'overlays/production',
  'continuous-syncer': 'overlays/production + components/continuous-syncer',
  'live-syncer': 'overlays/production + components/live-syncer',
}

type Named = { readonly name?: string }

/** As kustomize merges a patch: maps by key, containers by name, any other list as a whole. */
function merge(base: unknown, patch: unknown): unknown {
  if (Array.isArray(base) && Array.isArray(patch) && patch.every((it) => typeof it === 'object')) {
    return base.map((item: Named) => merge(item, patch.find(({ name }: Named) => name === item.name) ?? {}))
  }
  if (typeof base !== 'object' || typeof patch !== 'object' || Array.isArray(patch)) return patch
  const merged: Record<string, unknown> = { ...base }
  for (const [key, value] of Object.entries(patch ?? {})) merged[key] = merge(merged[key], value)
  return merged
}

/** The objects with what `npm run limits` prints, and what it is put into. */
function apply(objects: readonly KubeObject[], name: AppName, size?: Size): KubeObject[] {
  const [patch] = parseObjects(recommend(name, size)) as [KubeObject]
  if (!objects.some((it) => nameOf(it) === nameOf(patch))) throw new Error(`There is no ${nameOf(patch)}`)
  return objects.map((it) => (nameOf(it) === nameOf(patch) ? (merge(it, patch) as KubeObject) : it))
}

const renderings: readonly Rendering[] | NoKubectlError = await renderAll(join(ROOT, 'k8s')).catch((error) => {
  if (error instanceof NoKubectlError) return error
  throw error
})

if (renderings instanceof NoKubectlError) t.pass('the manifests are not rendered', { skip: renderings.message })
else {
  const found = (name: AppName) => renderings.find((it) => it.name === RENDERINGS[name])?.objects ?? []
  const names = Object.keys(APPS) as AppName[]

  t.test('what `npm run limits` prints for the deployed sizes is what is deployed', async (t) => {
    for (const name of names) t.strictSame(apply(found(name), name), found(name), name)
    const [, connections] = /database connections +(\d+)/.exec(recommend('api')) ?? []
    const values = ofKind(found('api'), 'ConfigMap').find(({ metadata }) => metadata.name.startsWith('api-'))
    t.equal(values?.data?.DATABASE_POOL_SIZE, connections)
  })

  t.test('what it prints for other sizes has no fault', async (t) => {
    const sizes = [
      { memoryBytes: toBytes('192Mi'), cpus: 0.5 },
      { memoryBytes: toBytes('257Mi'), cpus: 0.25 },
      { memoryBytes: toBytes('2Gi'), cpus: 2 },
    ]
    const patched = names.flatMap((name) => sizes.map((size) => ({ name, objects: apply(found(name), name, size) })))
    for (const { object, path, message } of await check(patched)) t.fail(`${nameOf(object)} ${path}: ${message}`)
    t.not(JSON.stringify(patched[1]?.objects), JSON.stringify(found('api')), 'and changes something')
  })

  t.test("the manifests' command is that of the image", async (t) => {
    for (const app of ['api', 'bot-syncer']) {
      const stages = readDockerfile(await readFile(join(ROOT, 'apps', app, 'Dockerfile'), 'utf8'))
      const entrypoint = stages.at(-1)?.steps.find(({ keyword }) => keyword === 'ENTRYPOINT')?.words
      const commands = names
        .flatMap((name) => workloadsOf(found(name)).flatMap(containersOf))
        .filter(({ container }) => container.image?.includes(`/${app}:`))
        .map(({ container }) => container.command)
      t.ok(commands.length > 0)
      for (const command of commands) t.strictSame(command, entrypoint, app)
    }
  })
}
