import Table from 'cli-table3'

/** A text in a frame, for what must not be overlooked. */
export function framed(text: string): string {
  const frame = new Table({ style: { head: [], border: [] } })
  frame.push([text])
  return frame.toString()
}

export const SIMULATED = `THIS IS NOT DISCORD.
DISCORD_TOKEN and GUILD_ID are not set, so a simulator on this machine stands in for it,
with a guild of invented members. Set both to reconcile with the real one.`

export interface Places {
  readonly apiUrl: string
  readonly managementUrl: string
  readonly guildId: string
  readonly tokenFile: string
  /** Of the simulator, when that is what runs. */
  readonly controlUrl: string | undefined
}

/** Where everything is, and what to do next. */
export function welcome({ apiUrl, managementUrl, guildId, tokenFile, controlUrl }: Places): string {
  const places = [
    ['API', `${apiUrl}/guilds/${guildId}`],
    ['Its documentation', `${apiUrl}/docs`],
    ['Bot contract', `${apiUrl}/bot`],
    ['Probes and metrics', managementUrl],
    ...(controlUrl === undefined ? [] : [['Control of the simulator', controlUrl]]),
  ]
  const width = Math.max(...places.map(([name = '']) => name.length))
  return [
    ...places.map(([name = '', place]) => `  ${name.padEnd(width)}  ${place}`),
    '',
    'Look at the first members, with the key that the syncer uses:',
    `  curl -H "Authorization: Bearer $(cat '${tokenFile}')" '${apiUrl}/guilds/${guildId}/members?limit=5'`,
    '',
    'The first reconcile begins now. Ctrl-C stops everything in good order.',
  ].join('\n')
}
