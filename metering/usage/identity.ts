/** The identity of a reading within its device, its order, and how far ahead of the one before is too far. */

const MAX_SEQUENCE_JUMP = 1_000_000
/** A machine that lost its counter a thousand times since its last reading needs a person all the same. */
const MAX_EPOCH_JUMP = 1_000

export type Identity = { readonly epoch: number; readonly seq: number }

export const firstIdentity: Identity = { epoch: 0, seq: 0 }
export const lastIdentity: Identity = { epoch: Number.MAX_SAFE_INTEGER, seq: Number.MAX_SAFE_INTEGER }

export function compareIdentity(left: Identity, right: Identity): number {
  return left.epoch === right.epoch ? left.seq - right.seq : left.epoch - right.epoch
}

export function isSequenceJump(last: Identity | undefined, next: Identity): boolean {
  if (last === undefined) return false
  if (last.epoch === next.epoch) return next.seq - last.seq > MAX_SEQUENCE_JUMP
  return next.epoch - last.epoch > MAX_EPOCH_JUMP
}

export function describeSequenceJump({ epoch, seq }: Identity): string {
  return `Epoch ${epoch}, sequence number ${seq} is too far ahead of the readings before it; a jump of more than ${MAX_EPOCH_JUMP} epochs or ${MAX_SEQUENCE_JUMP} sequence numbers needs a person's decision.`
}
