/** A message between its arrival and its acknowledgement, and the connection that waits for it. */
import type { InboundMessage } from '../core/index.ts'

/** A way to the store, first in, first out. */
export type Lane = { enqueue(held: HeldMessage): void }

/** The connection that a message came from, as far as holding it matters. */
export type Holder = {
  heldMessages: number
  heldBytes: number
  /** True once nothing can be sent to it any more. */
  readonly isClosed: boolean
  /** Where its unacknowledged messages wait: acknowledgements go out in the order of arrival [MQTT-4.6.0-2]. */
  lane: Lane | undefined
  /** Collects an acknowledgement. */
  acknowledge(packetId: number): void
  /** Sends what was collected, if it can, and goes on reading if that waited for a commit. */
  afterCommit(): void
  /** Closes the connection without acknowledging anything. */
  drop(reason: string): void
}

export type HeldMessage = {
  readonly holder: Holder
  readonly message: InboundMessage
  readonly byteCount: number
  /** The packet identifier to answer with PUBACK; 0 when the sender waits for none. */
  readonly packetId: number
  /** Tells Aedes that it is done with the message; undefined when the message did not come through Aedes. */
  readonly release: ((error: null) => void) | undefined
}
