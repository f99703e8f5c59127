import { access, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ignore from '@balena/dockerignore'
import { execa } from 'execa'
import { t } from 'tap'
import { lintDockerfile } from '../../src/images/lint-dockerfile.js'
import { performDockerfile } from '../../src/images/perform-dockerfile.js'

const ROOT = join(import.meta.dirname, '..', '..', '..', '..')
const APPS = ['api', 'bot-syncer']

const read = (path: string) => readFile(join(ROOT, path), 'utf8')

/** The package.json of every workspace, as the lock file lists them. */
const manifests = async () =>
  Object.keys(JSON.parse(await read('package-lock.json')).packages)
    .filter((path) => path !== '' && !path.includes('node_modules'))
    .map((path) => `${path}/package.json`)

t.test('finds no fault in the Dockerfiles', async (t) => {
  for (const app of APPS) t.strictSame(lintDockerfile(await read(`apps/${app}/Dockerfile`), await manifests()), [], app)
})

t.test('names each mistake in a Dockerfile', async (t) => {
  const api = await read('apps/api/Dockerfile')
  for (const [line, mistaken, fault] of [
    ['node:20.20.2-bookworm-slim\n', 'node:20\n', 'FROM node:20 must name an exact version'],
    ['node:20.20.2-bookworm-slim\n', 'node:latest\n', 'FROM node:latest must name an exact version'],
    ['USER 10001:10001', 'USER node', 'USER must be numbers other than 0'],
    ['USER 10001:10001\n', '', 'USER must be numbers other than 0'],
    ['ENTRYPOINT ["node", ', 'ENTRYPOINT ["sh", "node", ', 'ENTRYPOINT must be ["node", …]'],
    ['"--max-old-space-size=96", ', '', 'ENTRYPOINT must bound the heap'],
    ['CMD ["apps/api/dist/main.js"]', 'CMD apps/api/dist/main.js', 'CMD must be a list'],
    ['COPY prisma prisma', 'ADD prisma prisma', 'ADD fetches and unpacks'],
    ['COPY prisma prisma', 'COPY . .', 'COPY . takes whatever lies around'],
    ['COPY apps/stack/package.json apps/stack/\n', '', 'apps/stack/package.json is not copied'],
    ['ENV NODE_ENV=production', 'ENV NODE_ENV=production API_TOKEN=abc', 'ENV keeps a secret in the image'],
    ['RUN npm ci --ignore-scripts', 'RUN npm install', 'must be npm ci --ignore-scripts'],
    ['USER 10001', 'RUN apt-get update\nUSER 10001', 'RUN belongs in an earlier stage'],
    ['WORKDIR /app', 'WORKDR /app', 'WORKDR'],
  ] as const) {
    t.ok(api.includes(line), line)
    const faults = lintDockerfile(api.replace(line, mistaken), await manifests())
    t.ok(
      faults.some((it) => it.includes(fault)),
      `${mistaken}: ${faults.join('; ')}`,
    )
  }
})

t.test('lets nothing into an image but what is built from', async (t) => {
  const isLetIn = ignore
    .default()
    .add(await read('.dockerignore'))
    .createFilter()
  for (const path of [
    'package.json',
    'apps/api/src/main.ts',
    'apps/api/package.json',
    'prisma/migrations/a/migration.sql',
  ]) {
    t.ok(isLetIn(path), path)
  }
  for (const path of [
    '.git/config',
    '.env',
    'apps/api/.env',
    'apps/api/.env.local',
    '.data/token',
    'apps/api/dist/main.js',
  ]) {
    t.notOk(isLetIn(path), path)
  }
})

t.test('does what a Dockerfile says', async (t) => {
  const base = '$' + '{BASE}'
  const context = t.testdir({
    '.dockerignore': '*\n!src\n**/.env\n',
    src: { 'main.js': 'console.log(process.argv.slice(2))', '.env': 'TOKEN=abc' },
    Dockerfile: [
      'ARG BASE=node:20.20.2',
      `FROM ${base} AS build`,
      'WORKDIR /app',
      'COPY src src',
      'RUN cp src/main.js built.js && ls -A src > listing',
      'FROM build AS more',
      'RUN echo more > more',
      `FROM ${base}`,
      'WORKDIR /srv',
      'COPY --from=build /app/built.js dist/',
      'COPY --from=more /app/more /app/listing ./',
      'ENTRYPOINT ["node", "dist/built.js"]',
      'CMD ["one"]',
    ].join('\n'),
  })
  const into = await mkdtemp(join(tmpdir(), 'rollcall-performed-'))
  t.teardown(() => rm(into, { recursive: true, force: true }))
  const { folder, command } = await performDockerfile({ context, dockerfile: join(context, 'Dockerfile'), into })
  t.strictSame(command, ['node', 'dist/built.js', 'one'])
  const { stdout } = await execa(process.execPath, command.slice(1), { cwd: folder })
  t.equal(stdout, "[ 'one' ]")
  t.equal(await readFile(join(folder, 'listing'), 'utf8'), 'main.js\n')
  await t.rejects(access(join(folder, 'src')), 'nothing of an earlier stage is left')
})
