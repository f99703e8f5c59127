import type { SessionInfo } from '@discordjs/ws'
import type { GatewayDispatchPayload } from 'discord-api-types/v10'
import type { Logger } from 'pino'
import type { GatewayInformation } from './gateway-information.js'
import type { IdentifyTurns } from './identify-turns.js'

export interface ShardStatus {
  readonly state: 'waiting' | 'connecting' | 'ready' | 'stopped'
  /** For a person. */
  readonly detail: string | undefined
}

export interface GatewayShardOptions {
  readonly id: number
  readonly shardCount: number
  readonly token: string
  /** From where to resume. */
  readonly session: SessionInfo | undefined
  readonly information: GatewayInformation
  readonly identifyTurns: IdentifyTurns
  readonly monotonicMs: () => number
  readonly random: () => number
  readonly log: Logger
  /** Called in the order of the events, and to be done when it returns. */
  readonly onDispatch: (payload: GatewayDispatchPayload) => void
  readonly onCount: (what: 'identify' | 'resume' | 'reconnect' | 'session_lost') => void
}
