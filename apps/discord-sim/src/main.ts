import closeWithGrace from 'close-with-grace'
import pino from 'pino'
import { buildApp } from './app.js'
import { type CliOptions, parseCliOptions, UsageError } from './cli-options.js'
import { webhookUrl } from './control/state.js'
import { GATEWAY_PATH } from './gateway/gateway.js'
import { guildIdOf, Simulator } from './simulator.js'

/** Longest wait for open requests after a signal. */
const CLOSE_DELAY_MS = 2_000

async function main(options: CliOptions): Promise<void> {
  const logger = pino({ name: 'discord-sim' }, pino.destination({ dest: 2, sync: true }))
  const simulator = new Simulator({ token: options.token, latencyMs: options.latencyMs })
  const { members, roles, seed, guildId = guildIdOf(seed) } = options
  const guild = simulator.addGuild({ id: guildId, members, roles, seed })
  simulator.replaceStubs(options.stubs, seed)
  const settings = { shards: options.shards ?? null, max_concurrency: options.maxConcurrency }
  const app = await buildApp(simulator, logger, settings)
  const listening = await app.listen({ host: options.host, port: options.port })
  closeWithGrace({ delay: CLOSE_DELAY_MS, logger }, async ({ err, signal }) => {
    if (err) logger.error({ err }, 'closing after an error')
    else logger.info({ signal }, 'closing')
    await app.close()
  })
  const ready = {
    listening,
    api: `${listening}/api`,
    gateway: `${listening.replace('http', 'ws')}${GATEWAY_PATH}`,
    control: `${listening}/control`,
    guild_id: guild.id,
    webhook: simulator.webhooks.list().map((it) => webhookUrl(listening, it))[0],
  }
  process.stdout.write(`${JSON.stringify(ready)}\n`)
}

try {
  await main(parseCliOptions(process.argv))
} catch (error) {
  process.stderr.write(`${error instanceof UsageError ? error.message : String(error)}\n`)
  process.exitCode = error instanceof UsageError ? 2 : 1
}
