/** The ledger's tables of webhooks that we send, as `ledger-tables.ts` has the others. */
import type { ColumnType, Generated } from 'kysely'

/** Written as bigint or number, always read as bigint. */
type Integer = ColumnType<bigint, bigint | number, bigint | number>
type Count = ColumnType<bigint, bigint | number | undefined, bigint | number>

type EndpointState = 'on' | 'off'
type DeliveryState = 'waiting' | 'delivered' | 'failed'

export type WebhookTables = {
  webhook_endpoints: {
    id: string
    manufacturer_id: string
    url: string
    description: string
    /** JSON list; null for every type. */
    event_types: string | null
    state: ColumnType<EndpointState, EndpointState | undefined, EndpointState>
    off_reason: 'by_hand' | 'gone' | 'failing' | 'removed' | null
    off_at: number | null
    secret_encrypted: Uint8Array
    previous_secret_encrypted: Uint8Array | null
    previous_secret_until_at: number | null
    failing_since_at: number | null
    created_at: number
  }
  webhook_events: {
    id: string
    manufacturer_id: string
    type: string
    subject_id: string
    occurred_at: number
    payload: string
    source: string | null
  }
  webhook_deliveries: {
    id: Generated<bigint>
    event_id: string
    endpoint_id: string
    state: ColumnType<DeliveryState, DeliveryState | undefined, DeliveryState>
    /** Since it was begun or last asked for again. */
    attempts: Count
    next_attempt_at: number | null
    last_status: ColumnType<bigint | null, bigint | number | null | undefined, bigint | number | null>
    problem: string | null
    /** JSON: the code and the facts of `problem`; null of rows that are older than this column. */
    problem_reason: Generated<string | null>
    created_at: number
    ended_at: number | null
  }
  webhook_attempts: {
    id: Generated<bigint>
    delivery_id: Integer
    attempted_at: number
    took_ms: Integer
    status: ColumnType<bigint | null, bigint | number | null, never>
    problem: string | null
    /** JSON: the code and the facts of `problem`; null of rows that are older than this column. */
    problem_reason: Generated<string | null>
    answer: string | null
  }
  webhook_cursors: { name: string; position: Integer }
}
