import { existsSync } from 'node:fs'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { t } from 'tap'

const CHECK = join(import.meta.dirname, '..')
const BUNDLE = join(CHECK, 'dist/main.js')

t.before(async () => {
  if (!existsSync(BUNDLE)) await execa('npm', ['run', '-s', 'build'], { cwd: CHECK })
})

const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  execa(process.execPath, [BUNDLE, ...args], { reject: false, env })

t.test('says in one sentence how to get kubectl where there is none', async (t) => {
  const { exitCode, stdout, stderr } = await run([], { PATH: '/nowhere' })
  t.equal(exitCode, 1)
  t.equal(stdout, '')
  t.match(stderr, /^kubectl is not on this machine; get it as https:\/\/\S+ says \(on Debian: .*\)\.$/)
})

t.test('--help tells what a command does, and does nothing else; what it does not know is refused', async (t) => {
  for (const name of ['main', 'images', 'alerts']) {
    const bundle = join(CHECK, 'dist', `${name}.js`)
    const help = await execa(process.execPath, [bundle, '--help'], { reject: false, timeout: 20_000 })
    t.match(help, { exitCode: 0, stdout: /^Usage: check:/ }, name)
    const unknown = await execa(process.execPath, [bundle, '--unknown'], { reject: false, timeout: 20_000 })
    t.match(unknown, { exitCode: 1, stderr: /unknown option/ }, name)
  }
})

t.test('lists every object, names every fault under its object, and ends with 1', async (t) => {
  const { exitCode: missing } = await execa('kubectl', ['version', '--client'], { reject: false })
  if (missing !== 0) return t.pass('nothing is rendered', { skip: 'kubectl is not on this machine' })
  const k8s = t.testdir({})
  await cp(join(CHECK, '..'), k8s, { recursive: true, filter: (path) => !path.startsWith(CHECK) })
  for (const [file, line, mistaken] of [
    ['base/api/deployment.yaml', 'image: rollcall/api:0.1.0', 'image: rollcall/api'],
    ['base/bot-syncer/kustomization.yaml', 'LOG_LEVEL=info', 'LOG_LEVEL=loud'],
    ['overlays/dev/postgres.yaml', 'readOnlyRootFilesystem: true', 'readOnlyRootFileSystem: true'],
  ] as const) {
    const text = await readFile(join(k8s, file), 'utf8')
    t.ok(text.includes(line), `${file} has ${line}`)
    await writeFile(join(k8s, file), text.replace(line, mistaken))
  }

  const { exitCode, stdout } = await run([k8s])
  t.equal(exitCode, 1)
  t.match(stdout, /^overlays\/dev: 24 objects, faults: 4$/m)
  t.match(stdout, /^ {2}ok {3}Service\/api$/m)
  const dev = stdout.slice(0, stdout.indexOf('overlays/production'))
  for (const fault of [
    'Deployment/api\n         spec.template.spec.containers[api].image: rollcall/api must name an exact version',
    'CronJob/reconcile\n         spec.jobTemplate.spec.template.spec.containers[bot-syncer].env[LOG_LEVEL]: has a value',
    'StatefulSet/postgres\n         spec.template.spec.containers[0].securityContext.readOnlyRootFileSystem: is not a known',
    '         spec.template.spec.containers[postgres].securityContext.readOnlyRootFilesystem: must be true',
  ]) {
    t.ok(dev.includes(fault), fault)
  }
  t.match(stdout, /Faults: \d+\n?$/)
})
