import { setImmediate as yieldToOthers } from 'node:timers/promises'
import {
  AuditLogEvent,
  PermissionFlagsBits,
  type RESTGetAPIGuildMemberResult,
  type RESTGetAPIGuildMembersSearchResult,
  type RESTPatchAPIGuildMemberResult,
} from 'discord-api-types/v10'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { changeBetweenPages } from '../../faults/change-between-pages.js'
import { distortPage } from '../../faults/distort-page.js'
import type { Guild } from '../../guild/guild.js'
import { type Member, toApiMember } from '../../guild/member.js'
import { membersToJson } from '../../guild/members-json.js'
import { MAX_NAME_CODE_POINTS } from '../../guild/names.js'
import type { Simulator } from '../../simulator.js'
import { auditReason } from '../audit-reason.js'
import { discordErrors } from '../discord-error.js'
import { findGuild, findMember, requirePermission } from '../find.js'
import { parseForm, SnowflakeText } from '../parse-form.js'
import { requireRoleWithinReach } from '../role-reach.js'

/** @see https://discord.com/developers/docs/resources/guild#list-guild-members */
const MAX_MEMBERS_PER_PAGE = 1_000

const limit = z.coerce.number().int().min(1).max(MAX_MEMBERS_PER_PAGE).default(1)
const ListQuery = z.object({
  limit,
  after: z
    .string()
    .regex(/^\d{1,20}$/, 'snowflake')
    .default('0'),
})
const SearchQuery = z.object({ limit, query: z.string().min(1).max(100) })
const PatchBody = z.object({
  nick: z.string().max(MAX_NAME_CODE_POINTS).nullable().optional(),
  roles: z.array(SnowflakeText).nullable().optional(),
})

/** Reading members, and `PATCH` of one, which replaces the whole list of roles. */
export function memberRoutes(scope: FastifyInstance, simulator: Simulator): void {
  scope.get('/guilds/:guild_id/members', async (request, reply) => {
    const guild = findGuild(simulator, request.params)
    if (!simulator.settings.members_intent) throw discordErrors.missingAccess()
    const query = parseForm(ListQuery, request.query)
    const after = BigInt(query.after)
    changeBetweenPages(guild, after, request.faults)
    const page = distortPage(guild.members.page(after, query.limit), request.faults)
    return reply.type('application/json; charset=utf-8').send(membersToJson(page))
  })

  scope.get('/guilds/:guild_id/members/search', async (request): Promise<RESTGetAPIGuildMembersSearchResult> => {
    const guild = findGuild(simulator, request.params)
    const { query, limit } = parseForm(SearchQuery, request.query)
    return (await search(guild, query.toLowerCase(), limit)).map(toApiMember)
  })

  scope.get('/guilds/:guild_id/members/:user_id', async (request): Promise<RESTGetAPIGuildMemberResult> => {
    return toApiMember(findMember(findGuild(simulator, request.params), request.params))
  })

  scope.patch('/guilds/:guild_id/members/:user_id', async (request): Promise<RESTPatchAPIGuildMemberResult> => {
    const guild = findGuild(simulator, request.params)
    const before = findMember(guild, request.params)
    const { nick, roles } = parseForm(PatchBody, request.body ?? {})
    const reason = auditReason(request)
    if (nick !== undefined) requireRenamable(guild, before)
    if (roles) requireReplaceable(guild, before, roles)
    const edit = {
      ...(nick === undefined ? {} : { nick: nick || null }),
      ...(roles ? { roles: [...new Set(roles)] } : {}),
    }
    const sticks = !request.faults.find('put_that_does_not_stick')
    const after = (sticks && guild.editMember(before.id, edit)) || { ...before, ...edit }
    const action_type = roles ? AuditLogEvent.MemberRoleUpdate : AuditLogEvent.MemberUpdate
    guild.audit({
      action_type,
      target_id: `${before.id}`,
      reason,
    })
    return toApiMember(after)
  })
}

/** By the start of the username or nick, in any case. Looks at every member; others get their turn between pages. */
async function search(guild: Guild, start: string, limit: number): Promise<Member[]> {
  const found: Member[] = []
  for (const page of guild.members.pages()) {
    for (const member of page) {
      const names = [member.username, member.nick ?? '']
      if (names.some((name) => name.toLowerCase().startsWith(start)) && found.push(member) === limit) return found
    }
    await yieldToOthers()
  }
  return found
}

function requireRenamable(guild: Guild, member: Member): void {
  const ranked = member.roles.map((id) => guild.roles.get(id)).filter((role) => role !== undefined)
  const above = member.id !== guild.bot?.id && ranked.some((role) => !guild.isBelowBot(role))
  if (`${member.id}` === guild.ownerId || above) throw discordErrors.missingPermissions()
}

function requireReplaceable(guild: Guild, member: Member, roles: readonly string[]): void {
  requirePermission(guild, PermissionFlagsBits.ManageRoles)
  const given = roles.filter((id) => !member.roles.includes(id))
  const taken = member.roles.filter((id) => !roles.includes(id))
  for (const id of [...given, ...taken]) {
    const role = guild.roles.get(id)
    if (role === undefined) throw discordErrors.unknownRole()
    requireRoleWithinReach(guild, role)
  }
}
