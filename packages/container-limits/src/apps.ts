import { API_NEEDS, type Needs, SYNCER_NEEDS } from './needs.js'

/** A program, and the object of k8s/ that runs it. */
export interface App {
  readonly needs: Needs
  readonly apiVersion: 'apps/v1' | 'batch/v1'
  readonly kind: 'Deployment' | 'StatefulSet' | 'CronJob'
  /** Of the object. */
  readonly name: string
  readonly container: string
  /** After node and its flags: what the image's own command has, which the manifest's replaces. */
  readonly program: readonly string[]
  /** Flags of node beside those of the heap. */
  readonly nodeFlags: readonly string[]
  /** What k8s/ gives it. */
  readonly memory: string
  readonly cpu: string
  readonly ephemeralStorage: { readonly request: string; readonly limit: string }
}

const SYNCER = {
  needs: SYNCER_NEEDS,
  container: 'bot-syncer',
  program: ['apps/bot-syncer/dist/main.js'],
  nodeFlags: ['--single-threaded-gc'],
  memory: '128Mi',
  ephemeralStorage: { request: '16Mi', limit: '128Mi' },
} as const

/** By the name that `--app` takes; those of the components of k8s/ are named as these are. */
export const APPS = {
  api: {
    needs: API_NEEDS,
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    name: 'api',
    container: 'api',
    program: [],
    nodeFlags: [],
    memory: '192Mi',
    cpu: '500m',
    ephemeralStorage: { request: '64Mi', limit: '256Mi' },
  },
  syncer: { ...SYNCER, apiVersion: 'batch/v1', kind: 'CronJob', name: 'reconcile', cpu: '250m' },
  'continuous-syncer': { ...SYNCER, apiVersion: 'apps/v1', kind: 'Deployment', name: 'bot-syncer', cpu: '250m' },
  'live-syncer': { ...SYNCER, apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'bot-syncer', cpu: '100m' },
} as const satisfies Readonly<Record<string, App>>

export type AppName = keyof typeof APPS
