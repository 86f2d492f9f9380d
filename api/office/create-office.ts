/** Audit trail, jobs and mails as the API takes them: what people do with them is in the trail too. */
import type { Kysely } from 'kysely'
import type { ApiOffice } from '../api-options.ts'
import { recordChange, searchEntries } from '../../audit/index.ts'
import type { Clock } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import { getMail, listMails, repeatMail, type Mailer } from '../../mail/index.ts'
import type { Schedule } from '../../schedule/index.ts'

export type OfficeParts = {
  readonly ledger: Kysely<LedgerTables>
  /** Brings what metering noted into the audit trail. */
  readonly copyChanges: () => Promise<number>
  readonly schedule: Schedule
  readonly mailer: Mailer
  readonly clock: Clock
  readonly publicUrl: string
}

export function createOffice({
  ledger,
  copyChanges,
  schedule,
  mailer,
  clock,
  publicUrl,
}: OfficeParts): ApiOffice {
  return {
    async searchEntries(manufacturerId, query) {
      // First what metering noted a moment ago, so that whoever looks finds what they just did.
      await copyChanges()
      return await searchEntries(ledger, manufacturerId, query)
    },
    listJobs: () => schedule.list(),
    runJob: ({ actor, manufacturerId }, name) =>
      schedule.ask(name, (transaction) =>
        recordChange(transaction, {
          manufacturerId,
          actor,
          action: 'job.asked_for',
          subject: { kind: 'job', id: name },
          at: clock.now(),
        }),
      ),
    listMails: (manufacturerId, page) => listMails(ledger, manufacturerId, page),
    getMail: (manufacturerId, id) => getMail(ledger, manufacturerId, id, publicUrl),
    async repeatMail({ actor, manufacturerId }, id) {
      const mail = await ledger.transaction().execute(async (transaction) => {
        const at = clock.now()
        const repeated = await repeatMail(transaction, manufacturerId, id, at)
        const subject = { kind: 'mail', id: id.toString() }
        await recordChange(transaction, { manufacturerId, actor, action: 'mail.repeated', subject, at })
        return repeated
      })
      schedule.poke('mail_send')
      return mail
    },
    listPrintedMails: () => mailer.listPrinted(),
  }
}
