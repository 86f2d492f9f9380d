/**
 * The devices on the network: each keeps a few messages under way, loses its connection now and then, comes back
 * and sends again what was not acknowledged.
 */
import { createRandom } from '../../../core/index.ts'
import { openDeviceConnection, type DeviceConnection } from './device-connection.ts'
import type { DeviceMessage, MeteredDevice } from './metered-device.ts'

const MESSAGES_UNDER_WAY = 2
const MAX_RETRY_MS = 60

/** Elements are readings and messages that are none: what the server counts. */
export type FleetTotals = {
  messagesSent: number
  elementsSent: number
  elementsResent: number
  elementsAcknowledged: number
  connections: number
}

export type DeviceFleet = {
  readonly totals: Readonly<FleetTotals>
  /** The server of this life listens here. */
  connect(life: number, port: number): void
  /** The server is gone: nobody tries until the next `connect`. */
  wait(): void
  /** Nobody takes a new reading any more; resolves when everything is acknowledged and nothing is under way. */
  settle(): Promise<void>
  close(): void
}

export function createDeviceFleet(seed: number, devices: readonly MeteredDevice[]): DeviceFleet {
  const totals: FleetTotals = {
    messagesSent: 0,
    elementsSent: 0,
    elementsResent: 0,
    elementsAcknowledged: 0,
    connections: 0,
  }
  const settled = Promise.withResolvers<void>()
  let life = 0
  let port: number | undefined
  let isMeasuring = true
  let isClosed = false

  const links = devices.map((device) => startLink(device))

  function startLink(device: MeteredDevice) {
    const random = createRandom('crash-network', seed, device.id)
    const underWay = new Map<number, DeviceMessage>()
    let connection: DeviceConnection | undefined
    let isConnected = false
    let packetId = 0
    let timer: NodeJS.Timeout | undefined

    function open(): void {
      if (port === undefined || isClosed) return
      totals.connections += 1
      connection = openDeviceConnection({
        port,
        deviceId: device.id,
        secret: device.secret,
        onConnected() {
          isConnected = true
          device.goOnline()
          pump()
        },
        onAcknowledged,
        onLost: lose,
      })
    }

    function lose(): void {
      if (isConnected) device.goOffline(isMeasuring)
      isConnected = false
      connection = undefined
      underWay.clear()
      if (!isClosed) timer = setTimeout(open, random.between(5, MAX_RETRY_MS))
    }

    function pump(): void {
      if (!isConnected) return
      while (underWay.size < MESSAGES_UNDER_WAY) {
        const message = device.nextMessage(isMeasuring)
        if (message === undefined) return
        packetId = (packetId % 65_535) + 1
        underWay.set(packetId, message)
        const elements = Math.max(1, message.readings.length)
        totals.messagesSent += 1
        totals.elementsSent += elements
        if (message.isResent) totals.elementsResent += elements
        connection?.publish(packetId, message.payload, message.isResent)
      }
    }

    function onAcknowledged(acknowledged: number): void {
      const message = underWay.get(acknowledged)
      if (message === undefined) return
      underWay.delete(acknowledged)
      totals.elementsAcknowledged += Math.max(1, message.readings.length)
      device.acknowledge(message, life)
      if (isMeasuring && random.chance(2)) {
        connection?.cut()
        return lose()
      }
      pump()
      if (!isMeasuring) resolveWhenSettled()
    }

    return {
      device,
      underWay,
      pump,
      close() {
        clearTimeout(timer)
        connection?.cut()
      },
      connect() {
        if (connection !== undefined) return
        clearTimeout(timer)
        open()
      },
    }
  }

  function resolveWhenSettled(): void {
    const isOpen = links.some(({ device, underWay }) => device.unacknowledged.size > 0 || underWay.size > 0)
    if (!isOpen) settled.resolve()
  }

  return {
    totals,
    connect(nextLife, nextPort) {
      life = nextLife
      port = nextPort
      for (const link of links) link.connect()
    },
    wait() {
      port = undefined
    },
    settle() {
      isMeasuring = false
      for (const link of links) link.pump()
      resolveWhenSettled()
      return settled.promise
    },
    close() {
      isClosed = true
      for (const link of links) link.close()
    },
  }
}
