import { readdir, readFile, writeFile } from 'node:fs/promises'
import { build } from 'esbuild'

/**
 * Bundles the syncer with its libraries: finding and loading them file by file is a third of what the start of the process
 * costs. Each part that is imported with `import()` is a chunk of its own. Nothing is minified, so that stack traces can be read.
 */
const { metafile } = await build({
  entryPoints: ['src/main.ts'],
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  alias: Object.fromEntries(
    ['container-limits', 'contract', 'name-cache', 'process-metrics'].map((name) => [
      `@rollcall/${name}`,
      `../../packages/${name}/src/index.ts`,
    ]),
  ),
  // Libraries in CommonJS ask for Node's modules with it.
  banner: {
    js: "import { createRequire as nodeRequire } from 'node:module'; const require = nodeRequire(import.meta.url);",
  },
  chunkNames: 'chunk-[hash]',
  outdir: 'dist',
  metafile: true,
  logLevel: 'warning',
})
await writeFile('dist/LICENSES.txt', await licencesOf(Object.keys(metafile.inputs)))

/**
 * The licences of all that is in the bundle, which has to carry them.
 *
 * @param {string[]} files
 */
async function licencesOf(files) {
  const packages = new Set(files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []))
  const texts = await Promise.all([...packages].sort().map(licenceOf))
  return texts.join(`\n${'-'.repeat(80)}\n\n`)
}

/** @param {string} folder */
async function licenceOf(folder) {
  const { name, version, license } = JSON.parse(await readFile(`${folder}/package.json`, 'utf8'))
  const file = (await readdir(folder)).find((it) => /^licen[cs]e/i.test(it))
  const text = file === undefined ? '' : await readFile(`${folder}/${file}`, 'utf8')
  return `${name} ${version}: ${license}\n\n${text}`
}
