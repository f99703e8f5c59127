import { secondsOf } from './seconds.js'
import { requireEqual, type Stage } from './stage.js'

const PAGE_MEMBERS = 1_000

/** All members, page after page, as text. */
export async function measureListing(stage: Stage) {
  const members = stage.memberIds.length
  const floor_listing = await secondsOf(async () => requireEqual('Listed', await stage.floor.list(), members))
  const listing = await secondsOf(async () => requireEqual('Listed', await listAll(stage), members))
  return { floor_listing, listing }
}

async function listAll({ api, readerToken, guildId }: Stage): Promise<number> {
  const headers = { authorization: `Bearer ${readerToken}` }
  let members = 0
  for (let after: string | undefined = '0'; after !== undefined; ) {
    const query = `after=${after}&limit=${PAGE_MEMBERS}`
    const response = await fetch(`${api.url}/guilds/${guildId}/members?${query}`, { headers })
    const text = await response.text()
    if (response.status !== 200) throw new Error(`A page was answered ${response.status}: ${text.slice(0, 200)}`)
    // Names cannot hold a quotation mark that is not escaped.
    members += text.split('"observed_at":').length - 1
    after = /"next_after":"(\d+)"\}$/.exec(text.slice(-60))?.[1]
  }
  return members
}
