import { type SyncRun, SyncRunPage } from '@rollcall/contract'

/** The newest run in the API's ledger: what the API says of it, not what the syncer prints. */
export async function latestRun(api: { url: string; token: string }, guildId: string): Promise<SyncRun> {
  const response = await fetch(`${api.url}/guilds/${guildId}/sync-runs?limit=1`, {
    headers: { authorization: `Bearer ${api.token}` },
  })
  if (!response.ok) throw new Error(`The API answered ${response.status} for its ledger: ${await response.text()}`)
  const [run] = SyncRunPage.parse(await response.json()).sync_runs
  if (run === undefined) throw new Error(`The ledger holds no run of guild ${guildId}`)
  return run
}
