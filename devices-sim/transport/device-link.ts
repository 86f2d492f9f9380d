/**
 * One device on the network: store and forward over MQTT 3.1.1, QoS 1, clean session.
 *
 * A reading counts as acknowledged when the publish callback of its message fired without error in the session that
 * sent it, and every reading before it is acknowledged too. After a lost connection everything unacknowledged is sent
 * again in order, from this queue: the library's session store is not relied on, each attempt is a new client. The
 * store is the model itself: readings `acknowledged` to `generated` are regenerated whenever they are sent.
 *
 * It waits between attempts (exponential, full jitter) and forgets earlier failures when a message is acknowledged,
 * not when a connection is accepted: a broker that accepts and drops must not be hammered.
 */
import mqtt, { type MqttClient } from 'mqtt'
import { deviceTopics, type Random } from '../../core/index.ts'
import { encodeReadingMessage } from '../model/encode-reading.ts'
import type { SimulatedDevice } from '../model/simulated-device.ts'
import { type BackOff, backOffMs } from './back-off.ts'

/** The part of a pino logger that the simulator uses. */
export type SimulatorLog = {
  info(fields: Readonly<Record<string, unknown>>, message: string): void
  warn(fields: Readonly<Record<string, unknown>>, message: string): void
}

export type DeviceLinkOptions = {
  readonly device: SimulatedDevice
  readonly secret: string
  /** "mqtt://localhost:1883", or with `mqtts`, `ws`, `wss`. */
  readonly url: string
  /** Readings that were acknowledged in an earlier run. */
  readonly acknowledged: number
  readonly backOff: BackOff
  readonly random: Random
  readonly log: SimulatorLog
  /** Called after `acknowledged` has risen, with how far it rose. */
  readonly onAcknowledged: (count: number) => void
}

export type DeviceLink = {
  readonly device: SimulatedDevice
  /** Readings that exist by now. */
  readonly generated: number
  readonly acknowledged: number
  /** The device has taken so many readings; never fewer than before. */
  raiseGenerated(count: number): void
  /** Connects, or goes out of reach. Out of reach at first. */
  setReachable(isReachable: boolean): void
  /** Disconnects for good; what is unacknowledged then stays unacknowledged. */
  close(): Promise<void>
}

/** What a message holds at most, and how many may be under way. */
const READINGS_PER_MESSAGE = 100
const MESSAGES_IN_FLIGHT = 4
const CONNECT_TIMEOUT_MS = 15_000
const KEEPALIVE_S = 60

type Session = {
  readonly client: MqttClient
  isConnected: boolean
  /** It listens to its problems before it sends anything that could cause one. */
  isReady: boolean
  /** In the order of sending; the acknowledged prefix is taken off. */
  readonly inFlight: { readonly to: number; isAcknowledged: boolean }[]
  nextIndex: number
}

export function createDeviceLink(options: DeviceLinkOptions): DeviceLink {
  const { device, secret, url, backOff, random, log, onAcknowledged } = options
  const { deviceId } = device
  let acknowledged = options.acknowledged
  let generated = options.acknowledged
  let isReachable = false
  let failures = 0
  let session: Session | undefined
  let retryTimer: NodeJS.Timeout | undefined

  const open = (): void => {
    retryTimer = undefined
    const client = mqtt.connect(url, {
      clientId: deviceId,
      username: deviceId,
      password: secret,
      clean: true,
      protocolVersion: 4,
      reconnectPeriod: 0,
      resubscribe: false,
      connectTimeout: CONNECT_TIMEOUT_MS,
      keepalive: KEEPALIVE_S,
    })
    const opened: Session = {
      client,
      isConnected: false,
      isReady: false,
      inFlight: [],
      nextIndex: acknowledged,
    }
    session = opened
    client.on('connect', () => {
      if (session !== opened) return
      opened.isConnected = true
      client.subscribe(deviceTopics.problems(deviceId), { qos: 1 }, (error) => {
        if (session !== opened) return
        if (error) log.warn({ deviceId, reason: error.message }, 'cannot hear of problems')
        opened.isReady = true
        pump(opened)
      })
    })
    client.on('message', (_topic, payload) =>
      log.warn({ deviceId, ...readProblem(payload) }, 'problem reported'),
    )
    client.on('error', (error) => lose(opened, error.message))
    client.on('close', () => lose(opened, 'connection closed'))
  }

  const lose = (lost: Session, reason: string): void => {
    if (session !== lost) return
    session = undefined
    lost.client.end(true)
    failures += 1
    const retryMs = backOffMs(backOff, failures, random)
    log.info(
      { deviceId, reason, failures, retryMs, unacknowledged: generated - acknowledged },
      'connection lost',
    )
    retryTimer = setTimeout(open, retryMs)
  }

  const pump = (current: Session): void => {
    while (current.isReady && current.inFlight.length < MESSAGES_IN_FLIGHT && current.nextIndex < generated) {
      const to = Math.min(generated, current.nextIndex + READINGS_PER_MESSAGE)
      const readings = []
      for (let index = current.nextIndex; index < to; index += 1) readings.push(device.reading(index))
      const message = { to, isAcknowledged: false }
      current.inFlight.push(message)
      current.nextIndex = to
      current.client.publish(
        deviceTopics.readings(deviceId),
        encodeReadingMessage(readings),
        { qos: 1 },
        (error) => {
          if (session !== current) return
          if (error) {
            lose(current, error.message)
          } else {
            message.isAcknowledged = true
            settle(current)
          }
        },
      )
    }
  }

  const settle = (current: Session): void => {
    const before = acknowledged
    for (let [first] = current.inFlight; first?.isAcknowledged === true; [first] = current.inFlight) {
      acknowledged = first.to
      current.inFlight.shift()
    }
    if (acknowledged === before) return
    failures = 0
    onAcknowledged(acknowledged - before)
    pump(current)
  }

  const leave = async (): Promise<void> => {
    isReachable = false
    clearTimeout(retryTimer)
    retryTimer = undefined
    const left = session
    session = undefined
    // With messages under way a polite end would wait for acknowledgements that may never come.
    if (left !== undefined) await left.client.endAsync(!left.isConnected || left.inFlight.length > 0)
  }

  return {
    device,
    get generated() {
      return generated
    },
    get acknowledged() {
      return acknowledged
    },
    raiseGenerated(count) {
      if (count <= generated) return
      generated = count
      if (session !== undefined) pump(session)
    },
    setReachable(reachable) {
      if (reachable === isReachable) return
      if (!reachable) {
        leave().catch((error: unknown) => log.warn({ deviceId, reason: String(error) }, 'cannot disconnect'))
        return
      }
      isReachable = true
      open()
    },
    close: leave,
  }
}

/** The members of a problem that are worth a line; the payload is somebody else's and may be anything. */
function readProblem(payload: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const problem: unknown = JSON.parse(new TextDecoder().decode(payload))
    if (typeof problem !== 'object' || problem === null) return {}
    const named = Object.entries(problem).filter(([name, member]) => {
      const isShort = typeof member === 'number' || (typeof member === 'string' && member.length <= 300)
      return isShort && ['code', 'detail', 'epoch', 'seq', 'register'].includes(name)
    })
    return Object.fromEntries(named)
  } catch {
    return {}
  }
}
