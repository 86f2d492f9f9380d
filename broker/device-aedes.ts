/**
 * Aedes without its router: the protocol engine stays, the message bus is cut out.
 *
 * Aedes acknowledges and then publishes: into the retained store, offline queues and the message bus, where any client
 * with the right subscription would get it. Nothing a device sends may go there (usage is nobody else's business, and
 * the way costs a quarter of the throughput), and `$SYS` has no readers either. What goes down to a device is written
 * to its connection directly (`downlink.ts`), so subscriptions need no matcher.
 */
import { Aedes, type PublishPacket } from 'aedes'

type Done = (error?: Error | null) => void

export class DeviceAedes extends Aedes {
  /** Nothing waits for a device that signs in. As an array that costs Aedes half the memory and a quarter of the time. */
  override async listen(): Promise<void> {
    await super.listen()
    Object.assign(Reflect.get(this, 'persistence') as object, { outgoingStream: () => [] })
  }

  /** Aedes itself calls this with and without a client between packet and callback. */
  override publish(_packet: PublishPacket, clientOrDone: unknown, done?: Done): void {
    if (done !== undefined) done()
    else if (typeof clientOrDone === 'function') (clientOrDone as Done)()
  }

  override subscribe(_topic: string, _deliver: unknown, done?: () => void): void {
    done?.()
  }

  override unsubscribe(_topic: string, _deliver: unknown, done?: () => void): void {
    done?.()
  }
}
