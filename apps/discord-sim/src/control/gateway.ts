import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { GatewayState } from '../gateway/gateway-state.js'
import type { Session } from '../gateway/session.js'
import { GatewaySettingsPatch } from '../gateway/settings.js'

const After = z.object({ after: z.coerce.number().int().min(0).default(0) })

/** Settings, sessions and records of the gateway. */
export function controlGatewayRoutes(app: FastifyInstance, state: GatewayState): void {
  const { settings, starts, sessions, journal } = state

  app.get('/gateway', async () => ({
    settings,
    session_starts: { remaining: starts.remaining, reset_after: starts.resetAfterMs },
    connections: state.lines.size,
    sessions: sessions.size,
    guilds: state.guildCount,
    counts: {
      connections: journal.connections,
      heartbeats: journal.heartbeats,
      identifies: journal.identifies.count,
      resumes: journal.resumes.count,
      closes: journal.closes.count,
      sent: journal.sent.count,
      disturbed: journal.disturbed.count,
    },
    memory: {
      resident_bytes: process.memoryUsage.rss(),
      peak_resident_bytes: process.resourceUsage().maxRSS * 1_024,
      kept_events: [...sessions].reduce((sum, { log }) => sum + log.size, 0),
      kept_bytes: [...sessions].reduce((sum, { log }) => sum + log.bytes, 0),
    },
    unavailable_guilds: state.unavailableGuilds.size,
    unavailable_shards: [...state.unavailableShards],
  }))
  app.patch('/gateway', async (request) => Object.assign(settings, GatewaySettingsPatch.parse(request.body)))
  app.delete('/gateway/session-starts', async (_request, reply) => {
    starts.reset()
    return reply.code(204).send()
  })

  app.get('/gateway/sessions', async () => [...sessions].map(told))
  for (const kind of ['sent', 'disturbed', 'identifies', 'resumes', 'closes'] as const)
    app.get(`/gateway/${kind}`, async (request) => journal[kind].after(After.parse(request.query).after))
}

function told({ id, shard, intents, seq, log, line, resumes, createdMs, detachedMs }: Session) {
  return {
    session_id: id,
    shard,
    intents,
    seq,
    resumes,
    created_at_ms: createdMs,
    connection_id: line?.id ?? null,
    detached_at_ms: detachedMs ?? null,
    kept_events: log.size,
    kept_bytes: log.bytes,
    unsent_bytes: line?.wire.bufferedBytes ?? 0,
  }
}
