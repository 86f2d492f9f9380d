/**
 * One MQTT 3.1.1 connection of a device, on a bare socket: no session store, no resending of its own, no waiting. What a
 * PUBACK acknowledges is what was sent under its packet identifier on this very connection.
 */
import { connect } from 'node:net'
import { generate, parser } from 'mqtt-packet'

export type DeviceConnectionOptions = {
  readonly port: number
  readonly deviceId: string
  readonly secret: string
  readonly onConnected: () => void
  readonly onAcknowledged: (packetId: number) => void
  /** Once, however it ended, unless this side ended it. */
  readonly onLost: () => void
}

export type DeviceConnection = {
  publish(packetId: number, payload: string, isResent: boolean): void
  /** Cuts the connection without a word. */
  cut(): void
}

export function openDeviceConnection(options: DeviceConnectionOptions): DeviceConnection {
  const { port, deviceId, secret, onConnected, onAcknowledged, onLost } = options
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  const packets = parser({ protocolVersion: 4 })
  let isOver = false

  function lose(): void {
    socket.destroy()
    if (isOver) return
    isOver = true
    onLost()
  }

  packets.on('packet', (packet) => {
    if (isOver) return
    if (packet.cmd === 'puback') onAcknowledged(packet.messageId ?? 0)
    else if (packet.cmd === 'connack' && packet.returnCode === 0) onConnected()
    else if (packet.cmd === 'connack') lose()
  })
  packets.on('error', lose)
  socket.on('data', (chunk: Buffer) => packets.parse(chunk))
  socket.on('error', lose)
  socket.on('close', lose)
  socket.write(
    generate({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: 4,
      clean: true,
      clientId: deviceId,
      username: deviceId,
      password: Buffer.from(secret),
      keepalive: 0,
    }),
  )

  return {
    publish(packetId, payload, isResent) {
      socket.write(
        generate({
          cmd: 'publish',
          topic: `devices/${deviceId}/readings`,
          payload,
          qos: 1,
          messageId: packetId,
          dup: isResent,
          retain: false,
        }),
      )
    },
    cut() {
      isOver = true
      socket.destroy()
    },
  }
}
