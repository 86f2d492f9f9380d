/**
 * Takes a message that came to the bounce address: a mail of ours whose delivery failed for good becomes `bounced`, with the reason. The
 * same report again changes nothing, and neither does one about a mail that is on its way out again.
 */
import type { Kysely } from 'kysely'
import type { LedgerTables } from '../db/index.ts'
import { readBounce } from './read-bounce.ts'

export type BounceOutcome =
  | { readonly kind: 'bounced'; readonly mailId: number; readonly problem: string }
  /** The mail had bounced before, or waits to be sent. */
  | { readonly kind: 'unchanged'; readonly mailId: number }
  /** It is delayed, or arrived. */
  | { readonly kind: 'not_final' }
  | { readonly kind: 'unknown_mail' }
  | { readonly kind: 'no_report' }

export async function recordBounce(
  ledger: Kysely<LedgerTables>,
  raw: Uint8Array,
  now: number,
): Promise<BounceOutcome> {
  const report = await readBounce(raw)
  if (report === undefined) return { kind: 'no_report' }
  const { keys, problem } = report
  if (problem === undefined) return { kind: 'not_final' }
  return await ledger.transaction().execute(async (transaction) => {
    for (const key of keys) {
      const mail = await transaction
        .selectFrom('mails')
        .select(['id', 'state'])
        .where('bounce_key', '=', key)
        .executeTakeFirst()
      if (mail === undefined) continue
      const mailId = Number(mail.id)
      if (mail.state !== 'sent') return { kind: 'unchanged', mailId }
      await transaction
        .updateTable('mails')
        .set({ state: 'bounced', problem, failed_at: now })
        .where('id', '=', mail.id)
        .execute()
      return { kind: 'bounced', mailId, problem }
    }
    return { kind: 'unknown_mail' }
  })
}
