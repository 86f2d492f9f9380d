/** Writing what the presence tracker collected: one transaction per group. */
import type { DatabaseSync } from 'node:sqlite'
import { inTransaction } from './in-transaction.ts'
import type { SeenDevice } from './presence-tracker.ts'

export function openSeenDevices(database: DatabaseSync) {
  const seen = database.prepare(
    `UPDATE device_presence SET
       last_seen_at = max(coalesce(last_seen_at, :at), :at),
       quiet_since = CASE WHEN quiet_since IS NULL THEN NULL ELSE max(quiet_since, :at) END
     WHERE device_no = (SELECT no FROM devices WHERE id = :id)`,
  )
  const moved = database.prepare(
    `UPDATE device_presence SET state = :state, state_at = :at, state_reason = :reason
     WHERE device_no = (SELECT no FROM devices WHERE id = :id) AND (state, state_at) IS NOT (:state, :at)`,
  )
  const runs = database.prepare(
    `UPDATE device_presence SET firmware = :firmware
     WHERE device_no = (SELECT no FROM devices WHERE id = :id) AND firmware IS NOT :firmware`,
  )
  const used = database.prepare(
    `UPDATE device_secrets SET last_used_at = max(coalesce(last_used_at, :at), :at),
       secret_hash = coalesce(:newHash, secret_hash) WHERE id = :secretId`,
  )

  return (devices: readonly SeenDevice[]): void => {
    inTransaction(database, () => {
      for (const { deviceId: id, lastSeenAt, presence, firmware, secretUses } of devices) {
        if (lastSeenAt !== undefined) seen.run({ id, at: lastSeenAt })
        if (presence !== undefined) moved.run({ id, ...presence })
        if (firmware !== undefined) runs.run({ id, firmware })
        for (const { secretId, at, newHash = null } of secretUses) used.run({ secretId, at, newHash })
      }
    })
  }
}
