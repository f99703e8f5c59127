import { Scope } from '@rollcall/contract'
import { Command, InvalidArgumentError } from 'commander'
import { databaseFault } from './db/faults.js'
import { createPool } from './db/pool.js'
import { createPrisma } from './db/prisma.js'
import { exitOnFault } from './exit.js'
import type { PrismaClient } from './generated/prisma/client.js'
import { createToken, listTokens, pruneTokens, revokeToken, type TokenSummary } from './tokens/tokens.js'

const DAY_MS = 86_400_000

/** `npm run token -- create|list|revoke|prune`: the tokens of the API in the database of DATABASE_URL. */
const program = new Command('token').description('Make, list and revoke API tokens').showHelpAfterError()

program
  .command('create')
  .description('make a token and print its key, only the key, on standard output')
  .requiredOption('--name <name>', 'what it is for; unique')
  .requiredOption('--scopes <list>', `separated by commas, of: ${Scope.options.join(', ')}`, splitList)
  .option('--expires-in-days <days>', 'days until it expires; never, if left out', toDays)
  .action(({ name, scopes, expiresInDays: days }) =>
    withPrisma(async (prisma) => {
      const expiresAt = days === undefined ? undefined : new Date(Date.now() + days * DAY_MS)
      process.stdout.write(`${await createToken(prisma, { name, scopes, expiresAt })}\n`)
    }),
  )

program
  .command('list')
  .description('show every token: name, state, last use, scopes')
  .action(() =>
    withPrisma(async (prisma) => {
      for (const token of await listTokens(prisma)) process.stdout.write(`${describe(token)}\n`)
    }),
  )

program
  .command('revoke')
  .description('end a token; it counts everywhere within seconds')
  .requiredOption('--name <name>', 'the name it was made with')
  .action(({ name }) =>
    withPrisma(async (prisma) => {
      if (!(await revokeToken(prisma, name))) throw new Error(`No token named ${name} is in force.`)
      process.stdout.write(`revoked ${name}\n`)
    }),
  )

program
  .command('prune')
  .description('remove tokens that are revoked or expired')
  .action(() => withPrisma(async (prisma) => void process.stdout.write(`removed ${await pruneTokens(prisma)}\n`)))

async function withPrisma(work: (prisma: PrismaClient) => Promise<void>): Promise<void> {
  const url = process.env.DATABASE_URL
  if (!url) throw new Error('DATABASE_URL is not set.')
  const pool = createPool({ url, poolSize: 1, statementTimeoutMs: 10_000, onError: () => {} })
  try {
    await work(createPrisma(pool))
  } catch (error) {
    // Prisma's own message is about our code.
    throw databaseFault(error) ?? error
  } finally {
    await pool.end()
  }
}

function splitList(text: string): string[] {
  return text
    .split(',')
    .map((it) => it.trim())
    .filter(Boolean)
}

function toDays(text: string): number {
  const days = Number(text)
  if (Number.isInteger(days) && days >= 1 && days <= 3_650) return days
  throw new InvalidArgumentError('Expected a whole number of days from 1 to 3650.')
}

function describe({ name, scopes, expiresAt, revokedAt, lastUsedAt }: TokenSummary): string {
  const date = (it: Date) => it.toISOString().slice(0, 10)
  // To the second: while a token is rotated, this shows whether somebody still has the old one.
  const instant = (it: Date) => `${it.toISOString().slice(0, 19)}Z`
  const state = revokedAt
    ? `revoked ${date(revokedAt)}`
    : expiresAt && expiresAt.getTime() < Date.now()
      ? `expired ${date(expiresAt)}`
      : expiresAt
        ? `until ${date(expiresAt)}`
        : 'in force'
  return [name, state, lastUsedAt ? `used ${instant(lastUsedAt)}` : 'never used', scopes.join(',')].join('\t')
}

await exitOnFault(async () => {
  await program.parseAsync()
})
