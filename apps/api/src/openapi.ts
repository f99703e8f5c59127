import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { exitOnFault } from './exit.js'
import { openApiDocument } from './openapi-document.js'

/** `npm run openapi`: writes docs/openapi.json. */
await exitOnFault(async () => {
  const path = fileURLToPath(new URL('../../../docs/openapi.json', import.meta.url))
  await writeFile(path, await openApiDocument())
  process.stdout.write(`wrote ${path}\n`)
})
