/** The spans whose usage changed, in the order of the changes; the forwarder follows them. */
import type { DatabaseSync } from 'node:sqlite'
import type { Period } from '../../core/index.ts'

export type UsageStore = ReturnType<typeof openUsageStore>

export function openUsageStore(database: DatabaseSync) {
  const insertChange = database.prepare(
    'INSERT INTO usage_changes (device_no, from_at, to_at) VALUES (?, ?, ?)',
  )
  return {
    writeChange(deviceNo: number, span: Period): void {
      insertChange.run(deviceNo, span.from, span.to)
    },
  }
}
