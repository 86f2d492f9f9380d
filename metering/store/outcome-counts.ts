/** How readings end, counted in the transaction that decides it (I4). */
import type { DatabaseSync } from 'node:sqlite'

export type Outcome = 'received' | 'pending' | 'accepted' | 'duplicate' | 'held' | 'rejected'
export type OutcomeChanges = Record<Outcome, number>

export function noChanges(): OutcomeChanges {
  return { received: 0, pending: 0, accepted: 0, duplicate: 0, held: 0, rejected: 0 }
}

export function openOutcomeCounts(database: DatabaseSync) {
  const addCount = database.prepare('UPDATE outcome_counts SET readings = readings + ? WHERE outcome = ?')
  return {
    write(changes: OutcomeChanges): void {
      for (const [outcome, readings] of Object.entries(changes)) {
        if (readings !== 0) addCount.run(readings, outcome)
      }
    },
  }
}

export type OutcomeCounter = ReturnType<typeof openOutcomeCounts>
