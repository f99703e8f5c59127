import type { ReportNoticeRequest } from '@rollcall/contract'
import { notFound } from '../../errors.js'
import type { Pool } from '../pool.js'

// Said again, it is as it was: what was sent once stays sent.
const REPORT_NOTICE = `
with reported as (
  update notice_claim set state = $2, error = $3, reported_at = now() where id = $1 and state = 'claimed' returning id
)
select id from reported union all select id from notice_claim where id = $1`

/** Records what became of a notice. @throws 404 for no such notice */
export async function reportNotice(pool: Pool, id: bigint, { state, error }: ReportNoticeRequest): Promise<void> {
  const { rowCount } = await pool.query(REPORT_NOTICE, [id, state, error ?? null])
  if (rowCount === 0) throw notFound('unknown_notice', `Notice ${id}`)
}
