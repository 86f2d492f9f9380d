/**
 * One accepted register value. `value` is the total since the first one: it goes on rising through exchanges and
 * rollovers; `shown` is what the register itself showed, absent where it is the same. `reading` is absent for a declared
 * commissioning value and for what a person entered.
 */
export type RegisterPoint = {
  readonly at: number
  readonly value: bigint
  readonly shown?: bigint
  /** True when the time was not the reading's own but interpolated (docs/metering-rules.md §2). */
  readonly isPlaced?: boolean
  readonly reading: { readonly id: number; readonly epoch: number; readonly seq: number } | undefined
}
