import { mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { parse } from 'yaml'
import type { KubeObject } from './kube-object.js'
import { render } from './render.js'

export interface Rendering {
  /** `overlays/production + components/recommendations` */
  readonly name: string
  readonly objects: readonly KubeObject[]
}

/** Every overlay, and the production overlay with each component it lacks: what nobody renders, nobody checks. */
export async function renderAll(k8s: string): Promise<Rendering[]> {
  const overlays = await readdir(join(k8s, 'overlays'))
  const components = await readdir(join(k8s, 'components'))
  const production = join(k8s, 'overlays', 'production')
  const { namespace, components: used = [] } = parse(await readFile(join(production, 'kustomization.yaml'), 'utf8'))
  const lacking = components.filter((name) => !used.includes(`../../components/${name}`))
  return await Promise.all([
    ...overlays.map(async (name) => ({ name: `overlays/${name}`, objects: await render(join(k8s, 'overlays', name)) })),
    ...lacking.map(async (name) => ({
      name: `overlays/production + components/${name}`,
      objects: await renderWith({ overlay: production, component: join(k8s, 'components', name), namespace }),
    })),
  ])
}

interface Addition {
  readonly overlay: string
  readonly component: string
  readonly namespace: string
}

/** As if the overlay named the component. */
async function renderWith({ overlay, component, namespace }: Addition): Promise<KubeObject[]> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'rollcall-k8s-')))
  try {
    const kustomization = {
      namespace,
      resources: [relative(folder, overlay)],
      components: [relative(folder, component)],
    }
    await writeFile(join(folder, 'kustomization.yaml'), JSON.stringify(kustomization))
    return await render(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
