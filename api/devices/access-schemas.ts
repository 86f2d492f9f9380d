/** What devices sign in with, claim codes and alarms as the API shows them. */
import { Type, type Static } from 'typebox'

import { formatInstant } from '../../core/index.ts'
import { type Alarm, type Claim, type DeviceSecret, alarmSorts, claimSorts } from '../../metering/index.ts'
import {
  closedObject,
  component,
  CounterNumber,
  DeviceIdText,
  Instant,
  ModelIdText,
  nullable,
  pageComponent,
  presentInstant,
  withExample,
  CodeText,
  listQuery,
} from '../schema-parts.ts'

const OptionalInstant = nullable(Type.String({ format: 'date-time' }))
/** The number of something in a path. */
export const NumberText = Type.String({ pattern: '^[1-9][0-9]{0,14}$' })

const SecretComponent = component('DeviceSecret', {
  id: CounterNumber,
  createdAt: Instant,
  lastUsedAt: OptionalInstant,
  revokedAt: OptionalInstant,
})
export const SecretListComponent = component('DeviceSecretList', { items: Type.Array(SecretComponent.ref) })
export const CreatedSecretComponent = component('CreatedDeviceSecret', {
  id: CounterNumber,
  secret: Type.String({ description: 'The MQTT password; shown this once' }),
})

export const RevokeDeviceBody = withExample(
  closedObject({ reason: Type.String({ minLength: 1, maxLength: 500 }) }),
  { reason: 'Stolen from the site.' },
)

const Fingerprint = Type.String({
  pattern: '^([0-9a-fA-F]{64}|[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){31})$',
  description: 'SHA-256 of the certificate',
})
export const PutCertificatesBody = withExample(
  closedObject({ fingerprints: Type.Array(Fingerprint, { maxItems: 8 }) }),
  { fingerprints: ['ab'.repeat(32)] },
)
export const CertificatesComponent = component('DeviceCertificates', {
  fingerprints: Type.Array(Type.String(), {
    description: 'Empty: every certificate that the broker trusts and that names the device',
  }),
})

export const CreateClaimsBody = withExample(
  closedObject({
    modelId: ModelIdText,
    expiresAt: Instant,
    claims: Type.Array(
      closedObject({
        deviceId: Type.Optional(DeviceIdText),
        serial: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
      }),
      { minItems: 1, maxItems: 1_000, description: 'One code each; {} for any new device' },
    ),
  }),
  { modelId: 'drill', expiresAt: '2027-01-01T00:00:00Z', claims: [{ serial: 'SN-2' }, {}] },
)
export const CreatedClaimsComponent = component('CreatedClaims', {
  items: Type.Array(
    closedObject({ id: CounterNumber, code: Type.String({ description: 'Shown this once' }) }),
  ),
})
const ClaimComponent = component('Claim', {
  id: CounterNumber,
  modelId: ModelIdText,
  deviceId: nullable(Type.String()),
  serial: nullable(Type.String()),
  state: Type.Enum(['open', 'claimed', 'completed', 'expired', 'revoked']),
  createdAt: Instant,
  expiresAt: Instant,
  claimedAt: OptionalInstant,
  completedAt: OptionalInstant,
})
export const ClaimQuery = listQuery(claimSorts, {
  state: Type.Optional(Type.Enum(['open', 'claimed', 'completed', 'expired', 'revoked'])),
  modelId: Type.Optional(ModelIdText),
  deviceId: Type.Optional(DeviceIdText),
})
export const AlarmQuery = listQuery(alarmSorts, {
  state: Type.Optional(Type.Enum(['open', 'all'], { description: 'open if left out' })),
  deviceId: Type.Optional(DeviceIdText),
  code: Type.Optional(CodeText),
})
export const ClaimPageComponent = pageComponent('ClaimPage', ClaimComponent)

const AlarmComponent = component('Alarm', {
  id: CounterNumber,
  deviceId: DeviceIdText,
  code: Type.String(),
  detail: Type.String({ description: 'Of the last time' }),
  raisedAt: Instant,
  lastRaisedAt: Instant,
  times: CounterNumber,
  acknowledged: nullable(closedObject({ at: Instant, by: Type.String() })),
})
export const AlarmPageComponent = pageComponent('AlarmPage', AlarmComponent)
export const AcknowledgeAlarmBody = withExample(
  closedObject({
    by: Type.Optional(
      Type.String({ minLength: 1, maxLength: 128, description: 'The name of whoever calls if left out' }),
    ),
  }),
  { by: 'Jo Berg' },
)

export const accessComponents = [
  SecretComponent,
  SecretListComponent,
  CreatedSecretComponent,
  CertificatesComponent,
  CreatedClaimsComponent,
  ClaimComponent,
  ClaimPageComponent,
  AlarmComponent,
  AlarmPageComponent,
]

export function presentSecret(secret: DeviceSecret): Static<typeof SecretComponent.schema> {
  return {
    id: secret.id,
    createdAt: formatInstant(secret.createdAt),
    lastUsedAt: presentInstant(secret.lastUsedAt),
    revokedAt: presentInstant(secret.revokedAt),
  }
}

export function presentClaim(claim: Claim): Static<typeof ClaimComponent.schema> {
  return {
    id: claim.id,
    modelId: claim.modelId,
    deviceId: claim.deviceId ?? null,
    serial: claim.serial ?? null,
    state: claim.state,
    createdAt: formatInstant(claim.createdAt),
    expiresAt: formatInstant(claim.expiresAt),
    claimedAt: presentInstant(claim.claimedAt),
    completedAt: presentInstant(claim.completedAt),
  }
}

export function presentAlarm({ acknowledged, ...alarm }: Alarm): Static<typeof AlarmComponent.schema> {
  return {
    ...alarm,
    raisedAt: formatInstant(alarm.raisedAt),
    lastRaisedAt: formatInstant(alarm.lastRaisedAt),
    acknowledged: acknowledged === undefined ? null : { ...acknowledged, at: formatInstant(acknowledged.at) },
  }
}
