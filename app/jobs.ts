/** Every job of the server: what falls due, when, and what the list of jobs says about a run. */
import type { Logger } from 'pino'
import type { Billing, StripeConnection } from '../billing/index.ts'
import { MINUTE_MS, SECOND_MS, systemActor } from '../core/index.ts'
import type { Mailer } from '../mail/index.ts'
import type { Job } from '../schedule/index.ts'
import type { MeteringNews, Webhooks } from '../webhooks/index.ts'

const PUSH_PAUSE_MS = 5 * SECOND_MS
const COPY_PAUSE_MS = MINUTE_MS
const everyMinute = { cron: '* * * * *', timeZone: 'UTC' }
const everyQuarterOfAnHour = { cron: '*/15 * * * *', timeZone: 'UTC' }
const everyHour = { cron: '17 * * * *', timeZone: 'UTC' }
const everyTenMinutes = { cron: '*/10 * * * *', timeZone: 'UTC' }
const everyNight = { cron: '17 2 * * *', timeZone: 'UTC' }

export type JobParts = {
  readonly billing: Pick<Billing, 'by'>
  /** Absent where nothing goes to Stripe. */
  readonly stripe: Pick<StripeConnection, 'pusher' | 'inbox' | 'sweeper'> | undefined
  /** Brings what metering noted into the audit trail. */
  readonly copyChanges: () => Promise<number>
  readonly webhooks: Pick<Webhooks, 'deliverWaiting' | 'followMetering' | 'cleanUp'>
  readonly meteringNews: MeteringNews
  readonly mailer: Mailer
  /** Mails the digests that have fallen due; returns how many. */
  readonly mailDigests: () => Promise<number>
  /** Mails the reminders of open invoices that have fallen due; returns how many invoices. */
  readonly mailReminders: () => Promise<number>
  readonly poke: (name: string) => void
  readonly log: Logger
}

export function createJobs(parts: JobParts): readonly Job[] {
  const { billing, stripe, copyChanges, webhooks, mailer, mailDigests, mailReminders, poke, log } = parts
  const always: readonly Job[] = [
    {
      name: 'billing_run',
      calendar: everyMinute,
      async run() {
        const report = await billing.by(systemActor('billing_run')).runBilling({})
        const { issued, carried, waiting, remarks } = report
        for (const { invoiceId, code, detail } of remarks) log.warn({ invoiceId, code }, detail)
        if (issued.length > 0) poke('document_render')
        if (issued.length > 0) poke('webhook_deliver')
        if (issued.length > 0 && stripe !== undefined) poke('stripe_push')
        return `${issued.length} invoices issued, ${carried.length} carried, ${waiting.length} contracts wait, ${remarks.length} remarks.`
      },
    },
    {
      name: 'document_render',
      everyMs: PUSH_PAUSE_MS,
      async run() {
        const { rendered, failed } = await billing.by(systemActor('document_render')).renderDocuments()
        return `${rendered} documents rendered, ${failed} failed.`
      },
    },
    {
      name: 'mail_send',
      everyMs: PUSH_PAUSE_MS,
      async run() {
        const { sent, postponed, bounced } = await mailer.sendWaiting()
        return `${sent} mails sent, ${postponed} postponed, ${bounced} bounced.`
      },
    },
    {
      name: 'digest',
      calendar: everyQuarterOfAnHour,
      async run() {
        const mailed = await mailDigests()
        if (mailed > 0) poke('mail_send')
        return `${mailed} digests mailed.`
      },
    },
    {
      name: 'invoice_reminders',
      calendar: everyQuarterOfAnHour,
      async run() {
        const reminded = await mailReminders()
        if (reminded > 0) poke('mail_send')
        return `${reminded} invoices reminded of.`
      },
    },
    {
      name: 'audit_copy',
      everyMs: COPY_PAUSE_MS,
      run: async () => `${await copyChanges()} changes copied.`,
    },
    {
      name: 'webhook_deliver',
      everyMs: PUSH_PAUSE_MS,
      async run() {
        const { delivered, postponed, failed } = await webhooks.deliverWaiting()
        return `${delivered} webhooks delivered, ${postponed} postponed, ${failed} given up.`
      },
    },
    {
      name: 'webhook_follow',
      everyMs: COPY_PAUSE_MS,
      async run() {
        const noted = await webhooks.followMetering(parts.meteringNews)
        if (noted > 0) poke('webhook_deliver')
        return `${noted} holds and silent devices noted.`
      },
    },
    {
      name: 'webhook_clean_up',
      calendar: everyHour,
      run: async () => `${await webhooks.cleanUp()} old webhook events forgotten.`,
    },
  ]
  if (stripe === undefined) return always
  return [
    ...always,
    {
      name: 'stripe_push',
      everyMs: PUSH_PAUSE_MS,
      async run() {
        const { finalized, parked, waiting } = await stripe.pusher.pushWaiting()
        if (finalized.length + parked.length + waiting === 0) return undefined
        return `${finalized.length} invoices finalized at Stripe, ${parked.length} parked, ${waiting} steps wait.`
      },
    },
    {
      name: 'stripe_events',
      everyMs: PUSH_PAUSE_MS,
      async run() {
        await stripe.inbox.processStripeEvents()
        return undefined
      },
    },
    {
      name: 'stripe_sync',
      calendar: everyTenMinutes,
      async run() {
        const stored = await stripe.inbox.readMissedEvents()
        if (stored > 0) poke('stripe_events')
        return `${stored} events had not come as webhooks.`
      },
    },
    {
      name: 'stripe_sweep',
      calendar: everyNight,
      async run() {
        const { looked, paid, spareDrafts, left } = await stripe.sweeper.sweep()
        poke('stripe_push')
        return `${looked} invoices differed, ${paid.length} of them paid; ${spareDrafts} spare drafts; ${left} accounts not asked.`
      },
    },
  ]
}
