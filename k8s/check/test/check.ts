import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { t } from 'tap'
import { stringify } from 'yaml'
import { check, checkRules } from '../src/check.js'
import { EXTERNAL_SECRETS } from '../src/external-secrets.js'
import { type Fault, type KubeObject, nameOf } from '../src/kube-object.js'
import { NoKubectlError, parseObjects } from '../src/render.js'
import { type Rendering, renderAll } from '../src/renderings.js'
import { checkSchema } from '../src/schema/check-schema.js'
import { MISTAKES } from './fixtures/mistakes.js'

const K8S = join(import.meta.dirname, '..', '..')

const written = ({ object, path, message }: Fault) => `${nameOf(object)} ${path}: ${message}`

/** Generated names end in a hash of their content. */
const isNamed = (object: KubeObject, name: string) =>
  name.endsWith('*') ? nameOf(object).startsWith(name.slice(0, -1)) : nameOf(object) === name

/** The objects again, with the first such line of one of them replaced. */
function plant(objects: readonly KubeObject[], name: string, line: string, mistaken: string): KubeObject[] {
  return objects.map((object) => {
    if (!isNamed(object, name)) return object
    const yaml = stringify(object, { aliasDuplicateObjects: false, version: '1.1' })
    if (!yaml.includes(line)) throw new Error(`${name} has no line ${line}:\n${yaml}`)
    return parseObjects(yaml.replace(line, mistaken))[0] as KubeObject
  })
}

t.test('the README lists every Secret that a person makes, with its keys', async (t) => {
  const readme = await readFile(join(K8S, 'README.md'), 'utf8')
  for (const [name, keys] of Object.entries(EXTERNAL_SECRETS)) {
    const row = readme.split('\n').find((line) => line.trimStart().startsWith(`| \`${name}\``)) ?? ''
    for (const key of keys) t.ok(row.includes(`\`${key}\``), `${name}: ${key}`)
  }
})

const renderings: readonly Rendering[] | NoKubectlError = await renderAll(K8S).catch((error) => {
  if (error instanceof NoKubectlError) return error
  throw error
})

if (renderings instanceof NoKubectlError) t.pass('the manifests are not rendered', { skip: renderings.message })
else {
  const found = new Map(renderings.map(({ name, objects }) => [name, objects]))
  const production = found.get('overlays/production') ?? []

  t.test('finds no fault in what is deployed', async (t) => {
    t.match([...found.keys()], ['overlays/dev', 'overlays/production'])
    t.strictSame((await check(renderings)).map(written), [])
  })

  t.test('the README makes a run by hand of the CronJob, also where that is suspended', async (t) => {
    const [, script = ''] = /sed '([^']+)'/.exec(await readFile(join(K8S, 'README.md'), 'utf8')) ?? []
    for (const [name, objects] of found) {
      const spec = objects.find((it) => nameOf(it) === 'CronJob/reconcile')?.spec as { jobTemplate: object } | undefined
      // As kubectl writes it.
      const input = stringify(spec?.jobTemplate, { indentSeq: false })
      const { stdout } = await execa('sed', [script], { input })
      t.match(
        parseObjects(stdout)[0],
        {
          spec: { template: { spec: { containers: [{ args: ['reconcile', '--allow-departures', '500', '--now'] }] } } },
        },
        name,
      )
    }
  })

  for (const [rendering, mistakes] of Object.entries(MISTAKES)) {
    t.test(`names each mistake in ${rendering}, and nothing else`, async (t) => {
      for (const [name, line, mistaken, ...faults] of mistakes) {
        const planted = plant(found.get(rendering) ?? [], name, line, mistaken)
        const actual = checkRules(planted).map(written)
        t.match(actual.toSorted(), faults.toSorted(), `${name}: ${mistaken}`)
        t.equal(actual.length, faults.length, `${name}: ${mistaken}`)
      }
    })
  }

  t.test('names every wrong type, unknown field and unknown kind at once', async (t) => {
    const mistakes = [
      ['Deployment/api', 'revisionHistoryLimit: 3', 'revisionHistoryLimits: 3'],
      ['Deployment/api', 'httpGet:', 'httpget:'],
      ['Deployment/api', 'containerPort: 3000', 'containerPort: public'],
      ['Deployment/api', 'type: RollingUpdate', 'type: Rolling'],
      ['CronJob/reconcile', 'startingDeadlineSeconds: 600', 'startDeadlineSeconds: 600'],
      ['NetworkPolicy/dns', 'kubernetes.io/metadata.name: kube-system', 'kubernetes.io/metadata.name: 53'],
      ['Cluster/database', 'instances: 3', 'instances: three'],
      ['Cluster/database', 'walStorage:', 'walStore:'],
      ['ObjectStore/database-backup', 'retentionPolicy: 30d', 'retentionPolicy: month'],
      ['ServiceMonitor/api', 'scrapeTimeout:', 'scrapeTimeOut:'],
      ['PriorityClass/rollcall-api', 'scheduling.k8s.io/v1', 'scheduling.k8s.io/v2'],
    ] as const
    const objects = mistakes.reduce((all, [name, line, mistaken]) => plant(all, name, line, mistaken), production)
    t.strictSame((await checkSchema(objects)).map(written).toSorted(), [
      'Cluster/database spec.instances: must be integer',
      'Cluster/database spec.walStore: is not a known field',
      'CronJob/reconcile spec.startDeadlineSeconds: is not a known field',
      'Deployment/api spec.revisionHistoryLimits: is not a known field',
      'Deployment/api spec.strategy.type: must be equal to one of the allowed values',
      'Deployment/api spec.template.spec.containers[0].livenessProbe.httpget: is not a known field',
      'Deployment/api spec.template.spec.containers[0].ports[0].containerPort: must be integer',
      'NetworkPolicy/dns spec.egress[0].to[0].namespaceSelector.matchLabels.kubernetes.io/metadata.name: must be string',
      'ObjectStore/database-backup spec.retentionPolicy: Invalid string: must match pattern /^[1-9]\\d*[dwm]$/',
      'PriorityClass/rollcall-api apiVersion: scheduling.k8s.io/v2 has no schema here',
      'ServiceMonitor/api spec.endpoints[0].scrapeTimeOut: is not a known field',
    ])
  })
}
