import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** Seconds from the receipt of an event to its confirmation. */
const LAG_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300]

export type ShardStates = Readonly<Record<'waiting' | 'connecting' | 'ready' | 'stopped', number>>

export interface LiveState {
  readonly shards: () => ShardStates
  readonly reconciles: () => number
}

/** What following live tells Prometheus. Sizes of queues are among the bounds. */
export class LiveMetrics {
  readonly events: Counter<'type' | 'outcome'>
  readonly items: Counter<'outcome'>
  readonly lag: Histogram
  readonly connections: Counter<'what'>

  constructor(registry: Registry, state: LiveState) {
    const registers = [registry]
    this.events = new Counter({
      name: 'rollcall_live_events_total',
      help: 'Gateway events, by what became of them on arrival',
      labelNames: ['type', 'outcome'],
      registers,
    })
    this.items = new Counter({
      name: 'rollcall_live_items_total',
      help: 'What was sent to the API, by outcome',
      labelNames: ['outcome'],
      registers,
    })
    this.lag = new Histogram({
      name: 'rollcall_live_lag_seconds',
      help: 'From the receipt of an event to its confirmation by the API',
      buckets: LAG_BUCKETS,
      registers,
    })
    this.connections = new Counter({
      name: 'rollcall_live_connections_total',
      help: 'Identifies, resumes, reconnects and sessions that were lost',
      labelNames: ['what'],
      registers,
    })
    new Gauge({
      name: 'rollcall_live_shards',
      help: 'Shards that this process holds, by state',
      labelNames: ['state'],
      registers,
      collect() {
        for (const [name, count] of Object.entries(state.shards())) this.set({ state: name }, count)
      },
    })
    new Gauge({
      name: 'rollcall_live_reconciles',
      help: 'Reconciles under way',
      registers,
      collect() {
        this.set(state.reconciles())
      },
    })
  }
}
