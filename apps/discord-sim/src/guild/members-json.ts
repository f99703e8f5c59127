import { JsonBytes } from './json-bytes.js'
import { type Member, toApiMember } from './member.js'

/** What most members take; whoever has a hundred roles takes more. */
const EXPECTED_BYTES_PER_MEMBER = 640

type Add = (json: JsonBytes, member: Member) => void

/** How each field that differs is written; `bot` is a matter of the template. */
const ADD: Readonly<Record<Exclude<keyof Member, 'bot'>, Add>> = {
  id: (json, { id }) => json.text(`${id}`),
  username: (json, { username }) => json.text(username),
  discriminator: (json, { discriminator }) => json.text(discriminator),
  global_name: (json, { global_name }) => json.textOrNull(global_name),
  avatar: (json, { avatar }) => json.textOrNull(avatar),
  nick: (json, { nick }) => json.textOrNull(nick),
  roles: (json, { roles }) => json.list(roles, addText),
  joined_at: (json, { joined_at }) => json.text(joined_at),
  flags: (json, { flags }) => json.number(flags),
}

const addText = (json: JsonBytes, text: string) => json.text(text)

interface Step {
  readonly before: Buffer
  readonly add: Add
}

/** What is the same for all members, cut where they differ. */
interface Template {
  readonly steps: readonly Step[]
  readonly end: Buffer
}

const PERSON = templateOf(false)
const BOT = templateOf(true)

/**
 * The array of members as Discord sends it: byte for byte the JSON of all their {@link toApiMember}, for a third of the
 * time.
 */
export function membersToJson(members: readonly Member[]): Buffer {
  const json = new JsonBytes(members.length * EXPECTED_BYTES_PER_MEMBER)
  json.list(members, addMember)
  return json.finish()
}

function addMember(json: JsonBytes, member: Member): void {
  const { steps, end } = member.bot ? BOT : PERSON
  for (const { before, add } of steps) {
    json.raw(before)
    add(json, member)
  }
  json.raw(end)
}

/** Made from the answer of {@link toApiMember} itself, with its name as the value of each field. */
function templateOf(bot: boolean): Template {
  const named = Object.fromEntries(Object.keys(ADD).map((field) => [field, `<${field}>`]))
  const member = { ...named, roles: [named.roles], bot } as unknown as Member
  // Text, name of a field, text, and so on.
  const pieces = JSON.stringify(toApiMember(member)).split(/\[?"<(\w+)>"\]?/)
  const steps: Step[] = []
  for (let place = 0; place + 1 < pieces.length; place += 2)
    steps.push({ before: Buffer.from(pieces[place] as string), add: ADD[pieces[place + 1] as keyof typeof ADD] })
  return { steps, end: Buffer.from(pieces.at(-1) as string) }
}
