import type { Reading } from '../../core/index.ts'
import type { Identity } from './identity.ts'

/** A reading as the log keeps it; `receivedAt` is that of its first durable copy. */
export type StoredReading = Identity & {
  readonly id: number
  readonly receivedAt: number
  readonly reading: Reading
}
