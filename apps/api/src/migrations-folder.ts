import { fileURLToPath } from 'node:url'

/** The SQL migrations; as far from the bundle in `dist/` as from the sources. */
export const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../../prisma/migrations', import.meta.url))
