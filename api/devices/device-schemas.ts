/** Devices, models, holds and quarantined messages as the API shows them. */
import { Type, type Static } from 'typebox'

import { formatInstant, MAX_REGISTERS_PER_READING } from '../../core/index.ts'
import type { Device, DeviceStatus, Model, QuarantinedMessage } from '../../metering/index.ts'
import {
  closedObject,
  component,
  CounterNumber,
  CounterText,
  DeviceIdText,
  Instant,
  ModelIdText,
  nullable,
  pageComponent,
  PositiveCounterText,
  presentInstant,
  RegisterName,
  WholeNumberText,
} from '../schema-parts.ts'

const deviceMembers = {
  id: DeviceIdText,
  modelId: ModelIdText,
  modelVersion: CounterNumber,
  serial: nullable(Type.String()),
  commissionedAt: Instant,
  createdAt: Instant,
}

export const DeviceComponent = component('Device', deviceMembers)

export const DeviceStatusComponent = component('DeviceStatus', {
  ...deviceMembers,
  presence: nullable(
    closedObject({
      state: Type.Enum(['online', 'offline']),
      at: Instant,
      reason: Type.String({ description: 'connected, connection_lost, keepalive_timeout, taken_over, …' }),
    }),
  ),
  lastReading: nullable(
    closedObject({
      epoch: CounterNumber,
      seq: CounterNumber,
      receivedAt: Instant,
      at: nullable(Type.String({ format: 'date-time', description: 'Device time' })),
    }),
  ),
  registers: Type.Record(Type.String(), closedObject({ value: WholeNumberText, at: Instant }), {
    description: 'The accepted value of each register and the device time it was read at',
  }),
  openHolds: CounterNumber,
})

export const DevicePageComponent = pageComponent('DevicePage', DeviceStatusComponent)

export const RegisterDeviceBody = closedObject({
  id: DeviceIdText,
  modelId: ModelIdText,
  serial: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
  commissionedAt: Instant,
  baseValues: Type.Optional(
    Type.Record(RegisterName, CounterText, {
      additionalProperties: false,
      maxProperties: MAX_REGISTERS_PER_READING,
      description:
        'Register values at commissioning; without one the first reading is the base and bills nothing',
    }),
  ),
})

export const RegisteredDeviceComponent = component('RegisteredDevice', {
  device: DeviceComponent.ref,
  secret: Type.String({ description: 'The MQTT password; shown this once' }),
})

const Register = closedObject({
  name: RegisterName,
  unit: Type.String({ minLength: 1, maxLength: 16, description: 'Base unit as people write it: "s", "Wh"' }),
  maxPerHour: PositiveCounterText,
  maxGapMs: Type.Integer({
    minimum: 1,
    maximum: Number.MAX_SAFE_INTEGER,
    description: 'A longer step between two readings is estimated',
  }),
  gapRule: Type.Enum(['spread', 'end'], { description: 'Spread evenly, or as late as maxPerHour allows' }),
  modulus: Type.Optional(PositiveCounterText),
})

export const PutModelBody = closedObject({
  name: Type.String({ minLength: 1, maxLength: 128 }),
  registers: Type.Array(Register, { minItems: 1, maxItems: MAX_REGISTERS_PER_READING }),
})

export const ModelComponent = component('Model', {
  id: ModelIdText,
  version: CounterNumber,
  name: Type.String(),
  registers: Type.Array(Register),
})

const QuarantinedMessageComponent = component('QuarantinedMessage', {
  id: CounterNumber,
  deviceId: Type.String(),
  topic: Type.String(),
  receivedAt: Instant,
  code: Type.String(),
  detail: Type.String(),
  rawBase64: Type.String({ description: 'The payload byte for byte, in base 64' }),
})

export const QuarantineComponent = component('Quarantine', {
  items: Type.Array(QuarantinedMessageComponent.ref),
})

export const deviceComponents = [
  DeviceComponent,
  DeviceStatusComponent,
  DevicePageComponent,
  RegisteredDeviceComponent,
  ModelComponent,
  QuarantinedMessageComponent,
  QuarantineComponent,
]

export function presentDevice(device: Device): Static<typeof DeviceComponent.schema> {
  return {
    id: device.id,
    modelId: device.modelId,
    modelVersion: device.modelVersion,
    serial: device.serial ?? null,
    commissionedAt: formatInstant(device.commissionedAt),
    createdAt: formatInstant(device.createdAt),
  }
}

export function presentDeviceStatus(device: DeviceStatus): Static<typeof DeviceStatusComponent.schema> {
  const { lastReading } = device
  const registers = Object.entries(device.registers).map(
    ([name, { value, at }]) => [name, { value: value.toString(), at: formatInstant(at) }] as const,
  )
  return {
    ...presentDevice(device),
    presence:
      device.presence === undefined ? null : { ...device.presence, at: formatInstant(device.presence.at) },
    lastReading:
      lastReading === undefined
        ? null
        : {
            epoch: lastReading.epoch,
            seq: lastReading.seq,
            receivedAt: formatInstant(lastReading.receivedAt),
            at: presentInstant(lastReading.at),
          },
    registers: Object.fromEntries(registers),
    openHolds: device.openHolds,
  }
}

export function presentModel(model: Model): Static<typeof ModelComponent.schema> {
  return {
    id: model.id,
    version: model.version,
    name: model.name,
    registers: model.registers.map(({ maxPerHour, modulus, ...register }) => ({
      ...register,
      maxPerHour: maxPerHour.toString(),
      ...(modulus !== undefined && { modulus: modulus.toString() }),
    })),
  }
}

export function presentQuarantined(
  message: QuarantinedMessage,
): Static<typeof QuarantinedMessageComponent.schema> {
  const { raw, receivedAt, ...rest } = message
  return { ...rest, receivedAt: formatInstant(receivedAt), rawBase64: Buffer.from(raw).toString('base64') }
}
