/** Audit entries, jobs and mails as the API shows them. */
import { Type, type Static } from 'typebox'

import { entrySorts, type AuditEntry } from '../../audit/index.ts'
import { formatInstant } from '../../core/index.ts'
import { mailSorts, type Mail, type MailBody } from '../../mail/index.ts'
import type { JobState } from '../../schedule/index.ts'
import type { MemorySorts } from '../page-in-memory.ts'
import {
  closedObject,
  component,
  CounterNumber,
  Instant,
  nullable,
  pageComponent,
  presentInstant,
  listQuery,
  SearchText,
  spanMembers,
} from '../schema-parts.ts'

const Document = Type.Unsafe<unknown>({ description: 'JSON as it was recorded; null where there is none' })

const AuditEntryComponent = component('AuditEntry', {
  no: CounterNumber,
  at: Instant,
  actor: closedObject({
    kind: Type.Enum(['person', 'api_key', 'system']),
    id: Type.String(),
    name: Type.String(),
  }),
  action: Type.String(),
  subject: closedObject({ kind: Type.String(), id: Type.String() }),
  before: Document,
  after: Document,
  reason: nullable(Type.String()),
  hash: Type.String({ description: 'SHA-256 over the entry and the hash of the one before' }),
})

const JobComponent = component('Job', {
  name: Type.String(),
  schedule: Type.String(),
  lastStartedAt: nullable(Instant),
  lastFinishedAt: nullable(Instant),
  lastOutcome: nullable(Type.Enum(['done', 'failed'])),
  lastDetail: nullable(
    Type.String({ description: 'What the run did; null for a manufacturer, unless the run failed' }),
  ),
  nextRunAt: nullable(Instant),
  isRunning: Type.Boolean(),
})

const mailMembers = {
  id: CounterNumber,
  to: Type.String(),
  template: Type.String(),
  language: Type.Enum(['en', 'de']),
  subject: Type.String(),
  state: Type.Enum(['waiting', 'sent', 'failed', 'bounced']),
  attempts: CounterNumber,
  nextAttemptAt: nullable(Instant),
  sentAt: nullable(Instant),
  problem: nullable(Type.String()),
  createdAt: Instant,
}

export const MailComponent = component('Mail', mailMembers)
export const MailWithBodyComponent = component('MailWithBody', {
  ...mailMembers,
  text: nullable(Type.String({ description: 'Null for what lets somebody in: a code or a link' })),
  html: nullable(Type.String()),
})

export const AuditPageComponent = pageComponent('AuditPage', AuditEntryComponent)
export const MailPageComponent = pageComponent('MailPage', MailComponent)
export const JobListComponent = component('JobList', {
  items: Type.Array(JobComponent.ref),
  nextAfter: nullable(Type.String()),
})

const Exactly = Type.Optional(Type.String({ minLength: 1, maxLength: 200 }))
export const AuditQuery = listQuery(entrySorts, {
  actorId: Exactly,
  action: Exactly,
  subjectKind: Exactly,
  subjectId: Exactly,
  ...spanMembers,
  text: SearchText('Somewhere in what was done, to what, by whom, why, or in its documents'),
})
export const MailQuery = listQuery(mailSorts, {
  state: Type.Optional(mailMembers.state),
  template: Exactly,
  text: SearchText('Part of the address or the subject'),
  ...spanMembers,
})
export const jobSorts: MemorySorts<JobState, 'name' | 'lastStartedAt' | 'nextRunAt'> = {
  id: ({ name }) => name,
  by: {
    name: ({ name }) => name,
    lastStartedAt: ({ lastStartedAt = 0 }) => lastStartedAt,
    nextRunAt: ({ nextRunAt = Number.MAX_SAFE_INTEGER }) => nextRunAt,
  },
  usual: 'name',
}
export const JobQuery = listQuery(jobSorts, {
  state: Type.Optional(
    Type.Enum(['running', 'failed'], { description: 'Running now; or ended badly the last time' }),
  ),
})

export const officeComponents = [
  AuditEntryComponent,
  AuditPageComponent,
  JobComponent,
  JobListComponent,
  MailComponent,
  MailWithBodyComponent,
  MailPageComponent,
]

export function presentEntry(entry: AuditEntry): Static<typeof AuditEntryComponent.schema> {
  const { no, occurredAt, actor, action, subject, before, after, reason, hash } = entry
  return {
    no,
    at: formatInstant(occurredAt),
    actor,
    action,
    subject,
    before: readDocument(before),
    after: readDocument(after),
    reason,
    hash,
  }
}

function readDocument(text: string | null): unknown {
  return text === null ? null : JSON.parse(text)
}

/** What a run did is about every manufacturer, and a failure's sentence may name one: that is for the installation. */
export function presentJob(job: JobState, isOfInstallation: boolean): Static<typeof JobComponent.schema> {
  const withheld = job.lastOutcome === 'failed' ? 'It failed; whoever runs the server sees why.' : null
  return {
    name: job.name,
    schedule: job.schedule,
    lastStartedAt: presentInstant(job.lastStartedAt),
    lastFinishedAt: presentInstant(job.lastFinishedAt),
    lastOutcome: job.lastOutcome ?? null,
    lastDetail: isOfInstallation ? (job.lastDetail ?? null) : withheld,
    nextRunAt: presentInstant(job.nextRunAt),
    isRunning: job.isRunning,
  }
}

export function presentMail(mail: Mail): Static<typeof MailComponent.schema> {
  const { id, to, template, language, subject, state, attempts } = mail
  return {
    id,
    to,
    template,
    language,
    subject,
    state,
    attempts,
    nextAttemptAt: presentInstant(mail.nextAttemptAt),
    sentAt: presentInstant(mail.sentAt),
    problem: mail.problem ?? null,
    createdAt: formatInstant(mail.createdAt),
  }
}

export function presentMailWithBody(
  mail: Mail & { readonly body: MailBody | undefined },
): Static<typeof MailWithBodyComponent.schema> {
  return { ...presentMail(mail), text: mail.body?.text ?? null, html: mail.body?.html ?? null }
}
