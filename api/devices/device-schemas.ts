/** Devices, models, holds and quarantined messages as the API shows them. */
import { Type, type Static } from 'typebox'

import { formatInstant, MAX_REGISTERS_PER_READING } from '../../core/index.ts'
import {
  type Device,
  type DeviceStatus,
  type Model,
  type QuarantinedMessage,
  modelSorts,
  quarantineSorts,
} from '../../metering/index.ts'
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
  pageQueryMembers,
  PositiveCounterText,
  presentInstant,
  RegisterName,
  WholeNumberText,
  withExample,
  CodeText,
  listQuery,
  SearchText,
  spanMembers,
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

const SiteText = Type.String({ minLength: 1, maxLength: 128 })
const TagText = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$' })
const Tags = Type.Array(TagText, { maxItems: 32 })
const SerialText = Type.String({ minLength: 1, maxLength: 128 })
const FirmwareText = Type.String({ minLength: 1, maxLength: 64 })

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
  openHolds: Type.Integer({
    minimum: 0,
    description: 'Always 0 for a customer: holds are not theirs to decide',
  }),
  lastSeenAt: nullable(
    Type.String({ format: 'date-time', description: 'Last message, connect or goodbye; received time' }),
  ),
  firmware: nullable(Type.String()),
  site: nullable(Type.String()),
  tags: Type.Array(Type.String()),
  revoked: nullable(closedObject({ at: Instant, reason: Type.String() })),
  customer: nullable(
    closedObject({ id: Type.String(), name: Type.String() }, { description: 'Who has it now' }),
  ),
})

export const DevicePageComponent = pageComponent('DevicePage', DeviceStatusComponent)

export const SilentDevicesQuery = closedObject({ ...pageQueryMembers, since: Instant })
export const SilentDevicesComponent = component('SilentDevices', {
  count: CounterNumber,
  items: Type.Array(DeviceStatusComponent.ref),
  nextAfter: nullable(Type.String()),
})

export const RegisterDeviceBody = withExample(
  closedObject({
    id: DeviceIdText,
    modelId: ModelIdText,
    serial: Type.Optional(SerialText),
    site: Type.Optional(SiteText),
    tags: Type.Optional(Tags),
    commissionedAt: Instant,
    baseValues: Type.Optional(
      Type.Record(RegisterName, CounterText, {
        additionalProperties: false,
        maxProperties: MAX_REGISTERS_PER_READING,
        description:
          'Register values at commissioning; without one the first reading is the base and bills nothing',
      }),
    ),
  }),
  {
    id: 'drill-7',
    modelId: 'drill',
    serial: 'SN-7',
    site: 'Linz, hall 2',
    tags: ['rental'],
    commissionedAt: '2026-11-01T08:00:00Z',
    baseValues: { run_s: '0' },
  },
)

export const PatchDeviceBody = withExample(
  closedObject(
    {
      site: Type.Optional(nullable(SiteText)),
      tags: Type.Optional(Tags),
      firmware: Type.Optional(nullable(FirmwareText)),
    },
    { minProperties: 1, description: 'null clears; what is left out stays' },
  ),
  { site: 'Linz, hall 3', tags: ['rental', 'blue'] },
)

export const DeviceListQuery = closedObject({
  ...pageQueryMembers,
  text: Type.Optional(
    Type.String({ minLength: 1, maxLength: 128, description: 'Part of the id, serial number or site' }),
  ),
  state: Type.Optional(
    Type.Enum(['online', 'offline', 'never_seen', 'silent', 'revoked'], {
      description: 'silent: not seen for a day, in the order in which they fell silent',
    }),
  ),
  sort: Type.Optional(
    Type.Enum(['id', '-id', 'lastSeenAt', '-lastSeenAt'], {
      description: 'id if left out; by lastSeenAt revoked devices are left out',
    }),
  ),
  site: Type.Optional(SiteText),
  tag: Type.Optional(TagText),
  modelId: Type.Optional(ModelIdText),
  silentSince: Type.Optional(
    Type.String({ format: 'date-time', description: 'Only devices not seen since; revoked ones never' }),
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
  display: Type.Optional(
    closedObject(
      { unit: Type.String({ minLength: 1, maxLength: 16 }), factor: PositiveCounterText },
      { description: 'How to show quantities: so many base units are one of this unit (3600 s are 1 h)' },
    ),
  ),
})

const Duration = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })
const EventType = closedObject({
  type: RegisterName,
  maxLengthMs: Type.Optional(Duration),
  heartbeatMs: Type.Optional(Duration),
  isBillable: Type.Optional(
    Type.Boolean({
      description:
        'True if left out. False of service and test runs: usage while one runs is in no line of an invoice, but named',
    }),
  ),
})

export const PutModelBody = withExample(
  closedObject({
    name: Type.String({ minLength: 1, maxLength: 128 }),
    registers: Type.Array(Register, { minItems: 1, maxItems: MAX_REGISTERS_PER_READING }),
    eventTypes: Type.Optional(
      Type.Array(EventType, {
        maxItems: 64,
        description: 'How sessions whose end was lost are closed: after the longest length, or silence',
      }),
    ),
  }),
  {
    name: 'Drill',
    registers: [
      {
        name: 'run_s',
        unit: 's',
        maxPerHour: '3600',
        maxGapMs: 900_000,
        gapRule: 'end',
        display: { unit: 'h', factor: '3600' },
      },
    ],
  },
)

export const ModelComponent = component('Model', {
  id: ModelIdText,
  version: CounterNumber,
  name: Type.String(),
  registers: Type.Array(Register),
  eventTypes: Type.Array(EventType),
})

export const ModelPageComponent = pageComponent('ModelPage', ModelComponent)
export const ModelListQuery = listQuery(modelSorts, { text: SearchText('Part of the name or the id') })
export const ModelVersionsComponent = component('ModelVersions', { items: Type.Array(ModelComponent.ref) })

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
  nextAfter: nullable(Type.String()),
})
export const QuarantineQuery = listQuery(quarantineSorts, {
  deviceId: Type.Optional(DeviceIdText),
  code: Type.Optional(CodeText),
  ...spanMembers,
})

export const deviceComponents = [
  DeviceComponent,
  DeviceStatusComponent,
  DevicePageComponent,
  SilentDevicesComponent,
  RegisteredDeviceComponent,
  ModelComponent,
  ModelPageComponent,
  ModelVersionsComponent,
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

export function presentDeviceStatus(
  device: DeviceStatus,
  holder: { readonly customerId: string; readonly customerName: string } | undefined,
): Static<typeof DeviceStatusComponent.schema> {
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
    lastSeenAt: presentInstant(device.lastSeenAt),
    firmware: device.firmware ?? null,
    site: device.site ?? null,
    tags: [...device.tags],
    revoked:
      device.revoked === undefined ? null : { ...device.revoked, at: formatInstant(device.revoked.at) },
    customer: holder === undefined ? null : { id: holder.customerId, name: holder.customerName },
  }
}

export function presentModel(model: Model): Static<typeof ModelComponent.schema> {
  return {
    id: model.id,
    version: model.version,
    name: model.name,
    registers: model.registers.map(({ maxPerHour, modulus, display, ...register }) => ({
      ...register,
      maxPerHour: maxPerHour.toString(),
      ...(modulus !== undefined && { modulus: modulus.toString() }),
      ...(display !== undefined && { display: { unit: display.unit, factor: display.factor.toString() } }),
    })),
    eventTypes: [...(model.eventTypes ?? [])],
  }
}

export function presentQuarantined(
  message: QuarantinedMessage,
): Static<typeof QuarantinedMessageComponent.schema> {
  const { raw, receivedAt, ...rest } = message
  return { ...rest, receivedAt: formatInstant(receivedAt), rawBase64: Buffer.from(raw).toString('base64') }
}
