/**
 * Builds the broker from its parts and takes it down again.
 *
 * The way of a connection: listener → admission → frame guard → Aedes → sign-in → registry. The way of a message:
 * Aedes' parser → publish gate → throttle → hand-over queue → commit → acknowledgement. Everything that a peer can make
 * grow is bounded by a limit in `limits.ts`.
 */
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from 'aedes'
import { deviceTopics, type ClaimSession, type DeviceId } from '../core/index.ts'
import type { Broker, BrokerOptions } from './broker-types.ts'
import { createCounters } from './counters.ts'
import { DeviceAedes } from './device-aedes.ts'
import {
  connectionOfStream,
  DeviceConnection,
  type ConnectionHost,
  type ThrottledMessage,
} from './device-connection.ts'
import { DeviceRegistry } from './device-registry.ts'
import { Downlink } from './downlink.ts'
import { HandOverQueue } from './hand-over.ts'
import { makeLean } from './lean-client.ts'
import { resolveBrokerLimits } from './limits.ts'
import {
  listenTcp,
  listenTls,
  listenTlsWebSocket,
  listenWebSocket,
  type AcceptedConnection,
  type Listener,
  type ListenerOptions,
} from './listeners.ts'
import { MessageThrottle } from './message-throttle.ts'
import { createPublishGate } from './publish-gate.ts'
import { createSignIn } from './sign-in.ts'
import { SilenceWatch } from './silence-watch.ts'
import { TakeoverWatch } from './takeover-watch.ts'
import { addressKey, TokenBuckets, type Stopwatch } from './token-buckets.ts'

/** Keys that a rate limit remembers. */
const MAX_REMEMBERED_ADDRESSES = 20_000
const MAX_REMEMBERED_DEVICES = 100_000
/** Longest client id that MQTT 3.1 devices may use here; 3.1.1 has no limit of its own. */
const MAX_CLIENT_ID_LENGTH = 64
/** How long peers have to take in the last acknowledgements before their sockets are destroyed. */
const LAST_WORDS_MS = 1_000

const stopwatch: Stopwatch = () => performance.now()

const connectionOf = (client: Client) => connectionOfStream(client.conn)

/** @throws AppError `port_in_use`, `port_not_permitted`, `listen_failed`, `tls_invalid`, `broker_limits_invalid` */
export async function createBroker(options: BrokerOptions): Promise<Broker> {
  const { clock, log } = options
  const limits = resolveBrokerLimits(options.limits)
  const counters = createCounters()
  const open = new Set<DeviceConnection>()
  const parked = new Set<DeviceConnection>()
  const silence = new SilenceWatch(open, limits.connectTimeoutMs)
  const newConnections = new TokenBuckets(
    limits.connectionsPerAddressPerSecond,
    limits.connectionBurstPerAddress,
    stopwatch,
    MAX_REMEMBERED_ADDRESSES,
  )
  const failedLogins = new TokenBuckets(
    limits.failedLoginsPerAddressPerMinute / 60,
    limits.failedLoginsPerAddressPerMinute,
    stopwatch,
    MAX_REMEMBERED_ADDRESSES,
  )
  const messageRates = new TokenBuckets(
    limits.messagesPerDevicePerSecond,
    limits.messageBurstPerDevice,
    stopwatch,
    MAX_REMEMBERED_DEVICES,
  )
  const pauseAtMessages = Math.ceil(limits.maxHeldMessagesPerDevice / 4)
  const pauseAtBytes = Math.ceil(limits.maxHeldBytesPerDevice / 4)
  let socketCount = 0
  let isClosing = false

  const registry = new DeviceRegistry({ clock, log, onPresence: options.onPresence })
  const takeovers = new TakeoverWatch(stopwatch)
  const downlink = new Downlink({ registry, connectionOf, counters, log })
  const queue = new HandOverQueue({
    handOver: options.handOver,
    limits,
    counters,
    log,
    onProblem: (problem) => downlink.sendProblem(problem),
    onRoom: wakeParked,
  })
  const gate = createPublishGate({ connectionOf, queue, limits, counters, clock })
  const aedes = new DeviceAedes({
    connectTimeout: limits.connectTimeoutMs,
    drainTimeout: limits.drainTimeoutMs,
    maxClientsIdLength: MAX_CLIENT_ID_LENGTH,
    ...createSignIn({
      connectionOf,
      authenticate: options.authenticate,
      onSigningIn: (connection, deviceId) => registry.expect(connection, deviceId),
      onSignedIn: signIn,
      failedLogins,
      limits,
      counters,
      log,
    }),
    authorizePublish: gate.authorizePublish,
    authorizeSubscribe: downlink.authorizeSubscribe,
  })

  function wakeParked(): void {
    for (const connection of parked) {
      if (queue.isFull) return
      parked.delete(connection)
      connection.readAgain()
    }
  }

  function mayRead(connection: DeviceConnection): boolean {
    if (isClosing || connection.isDropped) return false
    if (connection.heldMessages >= pauseAtMessages || connection.heldBytes >= pauseAtBytes) {
      connection.isReadDeferred = true
      return false
    }
    if (connection.stream.writableNeedDrain) {
      connection.awaitDrain()
      return false
    }
    if (queue.isFull) {
      parked.add(connection)
      return false
    }
    return true
  }

  function forward(held: ThrottledMessage): void {
    if (held.status === undefined) {
      queue.enqueue(held)
      return
    }
    queue.settle(held)
    const connection = registry.find(held.message.deviceId)
    if (connection !== held.holder || connection.isClosed) return
    const { state, firmware } = held.status
    if (state !== undefined) registry.report(connection, state, 'status')
    if (firmware !== undefined) reportFirmware(held.message.deviceId, firmware)
    if (held.packetId !== 0) {
      connection.acknowledge(held.packetId)
      connection.afterCommit()
    }
    held.release?.(null)
  }

  function reportFirmware(deviceId: DeviceId, firmware: string): void {
    try {
      options.onFirmware?.(deviceId, firmware)
    } catch (error) {
      log.error({ err: error, deviceId }, 'firmware could not be reported')
    }
  }

  function signIn(connection: DeviceConnection, deviceId: DeviceId, claim?: ClaimSession): void {
    const older = registry.find(deviceId)
    if (claim !== undefined) {
      const timer = setTimeout(() => connection.drop('claim_session_over'), limits.maxClaimSessionMs)
      connection.stream.once('close', () => clearTimeout(timer))
    } else if (older !== undefined) {
      older.closeReason ??= 'taken_over'
      noteTakeover(connection, deviceId)
    }
    connection.device = {
      id: deviceId,
      readingsTopic: deviceTopics.readings(deviceId),
      throttle: new MessageThrottle<ThrottledMessage>(messageRates.get(deviceId), forward),
      claim,
    }
  }

  function noteTakeover(connection: DeviceConnection, deviceId: DeviceId): void {
    counters.takeovers += 1
    const addresses = takeovers.note(deviceId, connection.addressKey)
    if (addresses === undefined) return
    counters.clonedCredentials += 1
    log.warn({ deviceId, addresses }, 'credential_cloned: two machines sign in as this device')
    try {
      options.onAlarm?.({ kind: 'credential_cloned', deviceId, addresses, at: clock.now() })
    } catch (error) {
      log.error({ err: error, deviceId }, 'alarm could not be reported')
    }
  }

  function admit(socket: Socket): boolean {
    const key = addressKey(socket.remoteAddress)
    if (
      isClosing ||
      socketCount >= limits.maxConnections ||
      !failedLogins.get(key).hasToken() ||
      !newConnections.get(key).tryTake()
    ) {
      counters.refusedConnections += 1
      return false
    }
    socketCount += 1
    socket.on('close', endSocket)
    return true
  }

  function endSocket(this: Socket): void {
    socketCount -= 1
    endStream.call(this)
  }

  const host: ConnectionHost = {
    limits,
    silence,
    mayRead,
    takeReading: gate.takeReading,
    onDrop(dropped, reason) {
      counters.droppedConnections += 1
      log.info({ deviceId: dropped.device?.id, address: dropped.addressKey, reason }, 'connection dropped')
    },
  }

  function accept({ stream, socket, request, certificate }: AcceptedConnection): void {
    const connection = new DeviceConnection(host, {
      stream,
      addressKey: addressKey('remoteAddress' in socket ? String(socket.remoteAddress) : undefined),
      certificate,
    })
    open.add(connection)
    // A plain TCP socket has its listener since `admit`.
    if (!stream.listeners('close').includes(endSocket)) stream.on('close', endStream)
    if (socket !== stream) socket.on('close', () => endStream.call(stream))
    const client = aedes.handle(stream, request)
    makeLean(client)
    connection.attach(client)
  }

  function endStream(this: Duplex): void {
    const connection = connectionOfStream(this)
    if (connection === undefined) return
    open.delete(connection)
    parked.delete(connection)
    registry.end(connection)
    if (this.closed) connection.client?.close()
  }

  aedes.on('client', (client) => {
    const connection = connectionOf(client)
    // A claim session speaks for no device yet: it has no presence, and takes nobody over.
    if (connection === undefined || connection.isClosed || connection.device?.claim !== undefined) return
    registry.start(connection)
  })
  aedes.on('clientReady', (client) => connectionOf(client)?.openLane())
  aedes.on('clientDisconnect', (client) => {
    const connection = connectionOf(client)
    if (connection !== undefined) registry.end(connection)
  })
  aedes.on('clientError', (client, error) => noteFailure(client, reasonOf(error), error))
  aedes.on('connectionError', (client, error) => noteFailure(client, reasonOf(error), error))
  aedes.on('subscribe', (subscriptions, client) => downlink.afterSubscribe(client, subscriptions))
  aedes.on('unsubscribe', (topics, client) => downlink.afterUnsubscribe(client, topics))
  // Aedes emits failures of its persistence here; without a listener they would end the process.
  ;(aedes as NodeJS.EventEmitter).on('error', (error) => log.error({ err: error }, 'Aedes failed'))

  function noteFailure(client: Client, reason: string, error?: Error): void {
    const connection = connectionOf(client)
    // Aedes reports each write to a connection that has ended as a failure of its own.
    if (connection === undefined || client.closed) return
    log.debug(
      { deviceId: connection.device?.id, address: connection.addressKey, reason, err: error },
      'peer failed',
    )
    if (connection.closeReason === undefined && reason !== 'connection_lost') connection.drop(reason)
    else connection.closeReason ??= reason
  }

  const listenerOptions: ListenerOptions = {
    host: options.listen.host,
    connectTimeoutMs: limits.connectTimeoutMs,
    maxFrameBytes: limits.maxFrameBytes,
    admit,
    accept,
    log,
  }
  const listeners: Listener[] = []
  async function listen(starting: Promise<Listener>): Promise<Listener> {
    const listener = await starting
    listeners.push(listener)
    return listener
  }

  async function stop(): Promise<void> {
    isClosing = true
    silence.stop()
    for (const listener of listeners) listener.stop()
    for (const connection of open) connection.device?.throttle.flush()
    const giveUp = new AbortController()
    await Promise.race([
      queue.whenIdle(),
      sleep(limits.closeTimeoutMs, undefined, { signal: giveUp.signal, ref: true }),
    ])
    const closed = [...open].map((connection) => endGently(connection))
    await Promise.race([Promise.all(closed), sleep(LAST_WORDS_MS, undefined, { signal: giveUp.signal })])
    giveUp.abort()
    await new Promise<void>((resolve) => aedes.close(() => resolve()))
    for (const connection of open) connection.stream.destroy()
  }

  await aedes.listen()
  silence.start()
  try {
    const { listen: wanted } = options
    const mqtt = await listen(listenTcp(wanted.mqttPort, listenerOptions))
    const webSocket =
      wanted.webSocketPort === undefined
        ? undefined
        : await listen(listenWebSocket(wanted.webSocketPort, listenerOptions))
    const tls =
      wanted.tls === undefined
        ? undefined
        : await listen(listenTls(wanted.tls.port, wanted.tls, listenerOptions))
    const tlsWebSocket =
      wanted.tls?.webSocketPort === undefined
        ? undefined
        : await listen(listenTlsWebSocket(wanted.tls.webSocketPort, wanted.tls, listenerOptions))
    let closing: Promise<void> | undefined
    return {
      addresses: {
        mqtt: mqtt.address,
        ...(webSocket === undefined ? {} : { webSocket: webSocket.address }),
        ...(tls === undefined ? {} : { tls: tls.address }),
        ...(tlsWebSocket === undefined ? {} : { tlsWebSocket: tlsWebSocket.address }),
      },
      publishToDevice: (message) => downlink.publish(message),
      disconnect: (deviceId) => registry.disconnect(deviceId),
      stats: () => ({
        ...counters,
        connections: socketCount,
        devicesConnected: registry.size,
        heldMessages: queue.heldMessages,
        heldBytes: queue.heldBytes,
      }),
      close: () => (closing ??= stop()),
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function endGently(connection: DeviceConnection): Promise<void> {
  return new Promise((resolve) => {
    connection.stream.once('close', () => resolve())
    connection.endGently()
  })
}

function reasonOf(error: Error): string {
  if (error.message === 'drain timeout') return 'never_reads'
  return 'code' in error ? 'connection_lost' : 'protocol_error'
}
