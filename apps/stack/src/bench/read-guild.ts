import { setTimeout as delay } from 'node:timers/promises'
import { SIMULATOR_TOKEN, type Simulator } from '../processes/simulator.js'

const PAGE_MEMBERS = 1_000
const HEADERS = { authorization: `Bot ${SIMULATOR_TOKEN}`, 'user-agent': 'DiscordBot (https://rollcall.invalid, 1)' }

/** Asks Discord for the pages of its list of members, one after the other, and throws them away. @returns how many members there are */
export async function readGuild({ apiUrl, guildId }: Simulator): Promise<number> {
  let members = 0
  for (let after = '0'; ; ) {
    const url = `${apiUrl}/v10/guilds/${guildId}/members?limit=${PAGE_MEMBERS}&after=${after}`
    const response = await fetch(url, { headers: HEADERS })
    const text = await response.text()
    if (response.status === 429) {
      await delay(Number(response.headers.get('retry-after')) * 1_000)
      continue
    }
    if (response.status !== 200) throw new Error(`A page was answered ${response.status}: ${text.slice(0, 200)}`)
    // Names cannot hold a quotation mark that is not escaped.
    const ids = [...text.matchAll(/"user":\{"id":"(\d+)"/g)]
    const last = ids.at(-1)?.[1]
    if (last === undefined) return members
    members += ids.length
    after = last
  }
}
