import { type KubeObject, ofKind } from './kube-object.js'

/** Secrets that a person makes before the first start, and their keys. No value of any is in the repository. */
export const EXTERNAL_SECRETS: Readonly<Record<string, readonly string[]>> = {
  'rollcall-bot-syncer': ['DISCORD_TOKEN', 'API_TOKEN', 'WEBHOOK_URL'],
  'rollcall-database': ['DATABASE_URL', 'POSTGRES_PASSWORD'],
  'rollcall-backup': ['ACCESS_KEY_ID', 'SECRET_ACCESS_KEY'],
}

/** The keys of a Secret as far as they are known; undefined when nobody makes such a Secret. */
export function keysOfSecret(name: string, objects: readonly KubeObject[]): readonly string[] | undefined {
  // CloudNativePG makes one for the application: https://cloudnative-pg.io/documentation/current/applications
  const isOfCluster = ofKind(objects, 'Cluster').some(({ metadata }) => `${metadata.name}-app` === name)
  return isOfCluster ? ['uri', 'username', 'password', 'host', 'port', 'dbname'] : EXTERNAL_SECRETS[name]
}
