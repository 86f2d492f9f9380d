/** What the lists of metering can be sorted by, and what each takes to choose from. */
import type { ListSorts, PageRequest } from '../db/sqlite-index.ts'

export type ClaimState = 'open' | 'claimed' | 'completed' | 'expired' | 'revoked'

export const modelSorts = {
  id: 'm.id',
  by: { id: 'm.id', name: 'lower(m.name)', createdAt: 'm.created_at' },
  usual: 'id',
} as const satisfies ListSorts

export const claimSorts = {
  id: 'c.id',
  by: { id: 'c.id', expiresAt: 'c.expires_at', claimedAt: 'coalesce(c.claimed_at, 0)' },
  usual: '-id',
} as const satisfies ListSorts

export const alarmSorts = {
  id: 'a.id',
  by: { id: 'a.id', lastRaisedAt: 'a.last_raised_at', times: 'a.times' },
  usual: '-id',
} as const satisfies ListSorts

export const holdSorts = {
  id: 'h.id',
  by: { id: 'h.id', heldAt: 'h.held_at', deviceId: 'd.id' },
  usual: '-id',
} as const satisfies ListSorts

export const quarantineSorts = {
  id: 'q.id',
  by: { id: 'q.id', receivedAt: 'q.received_at', deviceId: 'q.device_id' },
  usual: '-id',
} as const satisfies ListSorts

export type ModelQuery = PageRequest<typeof modelSorts> & {
  /** Part of the name or the id. */
  readonly text?: string
}

export type ClaimQuery = PageRequest<typeof claimSorts> & {
  /** Now. */
  readonly state?: ClaimState
  readonly modelId?: string
  /** What the code is for, or who used it. */
  readonly deviceId?: string
}

export type AlarmQuery = PageRequest<typeof alarmSorts> & {
  /** Only open ones unless asked. */
  readonly withAcknowledged?: boolean
  readonly deviceId?: string
  readonly code?: string
}

export type QuarantineQuery = PageRequest<typeof quarantineSorts> & {
  readonly deviceId?: string
  readonly code?: string
  /** Received in `[from, to)`. */
  readonly from?: number
  readonly to?: number
}
