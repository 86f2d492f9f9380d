/**
 * Who changed what about devices and models: noted in the transaction of the change, read by the audit trail that lies in
 * another database.
 *
 * Only what changed something is noted, so that a verb that is repeated leaves one entry. Ids rise without gaps and rows
 * are never touched again: a follower that continues after the last id it has misses nothing. Never a secret, a code or the hash of
 * one; fingerprints of certificates are public.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { Actor, ManufacturerId } from '../core/index.ts'

/** Whose deed a change is, and when. */
export type Deed = { readonly actor: Actor; readonly now: number }

export type ChangeNote = {
  readonly manufacturerId: ManufacturerId
  readonly action: string
  readonly subject: { readonly kind: 'device' | 'model' | 'claim' | 'alarm'; readonly id: string }
  readonly before?: object | undefined
  readonly after?: object | undefined
  readonly reason?: string | undefined
}

/** A change as the audit trail takes it; `id` is its place here. */
export type NotedChange = ChangeNote & { readonly id: number; readonly actor: Actor; readonly at: number }

type ChangeRow = {
  id: number
  manufacturer_id: string
  actor_kind: Actor['kind']
  actor_id: string
  actor_name: string
  action: string
  subject_kind: ChangeNote['subject']['kind']
  subject_id: string
  before: string | null
  after: string | null
  reason: string | null
  changed_at: number
}

/** Within the caller's transaction. */
export function noteChange(database: DatabaseSync, { actor, now }: Deed, note: ChangeNote): void {
  database
    .prepare(
      `INSERT INTO changes (manufacturer_id, actor_kind, actor_id, actor_name, action, subject_kind, subject_id,
         before, after, reason, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      note.manufacturerId,
      actor.kind,
      actor.id,
      actor.name,
      note.action,
      note.subject.kind,
      note.subject.id,
      toText(note.before),
      toText(note.after),
      note.reason ?? null,
      now,
    )
}

/** The changes after that id, oldest first. */
export function readChanges(database: DatabaseSync, afterId: number, limit: number): NotedChange[] {
  const rows = database
    .prepare('SELECT * FROM changes WHERE id > ? ORDER BY id LIMIT ?')
    .all(afterId, limit) as ChangeRow[]
  return rows.map((row) => ({
    id: row.id,
    manufacturerId: row.manufacturer_id as ManufacturerId,
    actor: { kind: row.actor_kind, id: row.actor_id, name: row.actor_name },
    action: row.action,
    subject: { kind: row.subject_kind, id: row.subject_id },
    ...(row.before !== null && { before: JSON.parse(row.before) as object }),
    ...(row.after !== null && { after: JSON.parse(row.after) as object }),
    ...(row.reason !== null && { reason: row.reason }),
    at: row.changed_at,
  }))
}

function toText(document: object | undefined): string | null {
  return document === undefined ? null : JSON.stringify(document)
}
