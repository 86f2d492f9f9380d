/** Contracts, the devices assigned to them and the usage of those devices, as the API takes and shows them. */
import { Type, type Static } from 'typebox'

import {
  type Assignment,
  type Contract,
  assignmentSorts,
  contractSorts,
  termAt,
} from '../../billing/index.ts'
import { formatInstant, type TariffId } from '../../core/index.ts'
import {
  closedObject,
  component,
  DeviceIdText,
  GeneratedIdText,
  Instant,
  nullable,
  pageComponent,
  presentInstant,
  readInstant,
  ReferenceText,
  RegisterName,
  WholeNumberText,
  listQuery,
  SearchText,
  spanMembers,
} from '../schema-parts.ts'

const TimeZone = Type.String({ minLength: 1, maxLength: 64, description: 'IANA name: "Europe/Berlin"' })
const Cadence = closedObject(
  {
    unit: Type.Enum(['day', 'week', 'month', 'quarter', 'year']),
    count: Type.Integer({ minimum: 1 }),
  },
  { description: 'A quarter is three months counted from the anchor, and shown as three months' },
)

export const AssignmentComponent = component('Assignment', {
  id: Type.String(),
  contractId: Type.String(),
  deviceId: DeviceIdText,
  from: Instant,
  to: nullable(Instant),
})
export const AssignmentListComponent = component('AssignmentList', {
  items: Type.Array(AssignmentComponent.ref),
  nextAfter: nullable(Type.String()),
})

const TariffTerm = closedObject({ tariffId: Type.String(), tariffName: Type.String(), from: Instant })
const Reason = Type.String({ minLength: 1, maxLength: 200 })
const Pause = closedObject({ from: Instant, to: nullable(Instant), reason: Reason })
const TimeZoneTerm = closedObject({ timeZone: TimeZone, from: Instant })

export const ContractComponent = component('Contract', {
  id: Type.String(),
  reference: nullable(ReferenceText),
  customerId: Type.String(),
  customerName: Type.String(),
  tariffId: Type.String({ description: 'That the contract has now, or begins with' }),
  tariffName: Type.String(),
  timeZone: TimeZone,
  anchorOn: Type.String({ format: 'date' }),
  cadence: Cadence,
  startsAt: Instant,
  endsAt: nullable(Instant),
  tariffs: Type.Array(TariffTerm, {
    description: 'From when the contract has which tariff, from its start on',
  }),
  timeZones: Type.Array(TimeZoneTerm, {
    description: 'Each counts periods from the first that begins at `from` or later',
  }),
  pauses: Type.Array(Pause, {
    description: 'Time without fees, in order; without `to` the pause goes on. Usage in it is billed',
  }),
  assignments: Type.Array(AssignmentComponent.ref),
})
export const ContractPageComponent = pageComponent('ContractPage', ContractComponent)

export const ContractQuery = listQuery(contractSorts, {
  customerId: Type.Optional(GeneratedIdText),
  tariffId: Type.Optional(GeneratedIdText),
  deviceId: Type.Optional(DeviceIdText),
  state: Type.Optional(Type.Enum(['upcoming', 'running', 'ended'], { description: 'Now' })),
  text: SearchText('Part of the name of the customer or the tariff, or the id'),
})

export const CreateContractBody = closedObject(
  {
    reference: Type.Optional(ReferenceText),
    customerId: GeneratedIdText,
    tariffId: GeneratedIdText,
    timeZone: TimeZone,
    anchorOn: Type.String({ format: 'date', description: 'Periods are counted from this civil date' }),
    cadence: Cadence,
    startsAt: Instant,
    endsAt: Type.Optional(Instant),
  },
  {
    examples: [
      {
        customerId: 'cust_1',
        tariffId: 'tar_1',
        timeZone: 'Europe/Berlin',
        anchorOn: '2026-11-01',
        cadence: { unit: 'month', count: 1 },
        startsAt: '2026-10-31T23:00:00Z',
      },
    ],
  },
)

export const ChangeTariffBody = closedObject(
  { tariffId: GeneratedIdText, from: Instant },
  { examples: [{ tariffId: 'tar_1', from: '2026-11-15T11:00:00Z' }] },
)
export const ChangeTimeZoneBody = closedObject(
  { timeZone: TimeZone, from: Instant },
  { examples: [{ timeZone: 'Asia/Tokyo', from: '2026-11-15T11:00:00Z' }] },
)

export const PauseContractBody = closedObject(
  {
    from: Instant,
    to: Type.Optional(
      Type.String({ format: 'date-time', description: 'Exclusive; until it is resumed if left out' }),
    ),
    reason: Reason,
  },
  { examples: [{ from: '2026-12-19T23:00:00Z', reason: 'Winter break' }] },
)
export const ResumeContractBody = closedObject(
  { at: Instant },
  { examples: [{ at: '2027-01-10T23:00:00Z' }] },
)

const CorrectionReason = Type.Optional(
  Type.String({
    description:
      'Needed in periods that are invoiced: the invoices stay, and the next ones correct them. Kept in the audit trail',
  }),
)
export const AssignDeviceBody = closedObject(
  { deviceId: DeviceIdText, from: Instant, to: Type.Optional(Instant), reason: CorrectionReason },
  { examples: [{ deviceId: 'drill-1', from: '2026-11-01T00:00:00Z' }] },
)
export const EndAssignmentBody = closedObject(
  { to: Instant, reason: CorrectionReason },
  { examples: [{ to: '2026-12-01T00:00:00Z' }] },
)
export const MoveAssignmentBody = closedObject(
  {
    contractId: GeneratedIdText,
    at: Type.Optional(
      Type.String({ format: 'date-time', description: 'From when; all of the assignment if left out' }),
    ),
    reason: Type.String({ description: 'Kept in the audit trail' }),
  },
  {
    examples: [
      {
        contractId: 'con_1',
        at: '2026-11-16T00:00:00Z',
        reason: 'The drill was on the other site from the 16th on',
      },
    ],
  },
)
export const AssignmentQuery = listQuery(assignmentSorts, {
  contractId: Type.Optional(GeneratedIdText),
  customerId: Type.Optional(GeneratedIdText),
  deviceId: Type.Optional(DeviceIdText),
  ...spanMembers,
})

export const ContractUsageQuery = closedObject({
  from: Instant,
  to: Type.Optional(Type.String({ format: 'date-time', description: 'Exclusive; now if left out' })),
  step: Type.Optional(Type.Enum(['hour', 'day', 'quarter_hour'], { description: '`day` if left out' })),
  timeZone: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 64,
      description: 'Where days and hours begin; that of the contract if left out',
    }),
  ),
})

export const ContractUsageComponent = component('ContractUsage', {
  timeZone: TimeZone,
  registers: Type.Array(
    closedObject({
      register: RegisterName,
      unit: Type.String(),
      display: nullable(
        closedObject(
          { unit: Type.String(), factor: WholeNumberText },
          { description: 'So many base units are one of this unit' },
        ),
      ),
    }),
  ),
  devices: Type.Array(
    closedObject({
      deviceId: DeviceIdText,
      series: Type.Array(
        closedObject({
          register: RegisterName,
          steps: Type.Array(
            closedObject({
              from: Instant,
              to: Instant,
              quantity: WholeNumberText,
              isEstimated: Type.Boolean(),
            }),
          ),
        }),
      ),
    }),
  ),
  knownUntil: nullable(
    Type.String({ format: 'date-time', description: 'Up to here every device has reported; null before' }),
  ),
})

export const contractComponents = [
  AssignmentComponent,
  AssignmentListComponent,
  ContractComponent,
  ContractPageComponent,
  ContractUsageComponent,
]

/** The members of a contract that are read, not only taken. @throws AppError `instant_invalid` */
export function readContractTerms<
  Body extends Pick<Static<typeof CreateContractBody>, 'tariffId' | 'startsAt' | 'endsAt'>,
>({ tariffId, startsAt, endsAt, ...terms }: Body) {
  return {
    ...terms,
    tariffId: tariffId as TariffId,
    startsAt: readInstant(startsAt, '/startsAt'),
    ...(endsAt !== undefined && { endsAt: readInstant(endsAt, '/endsAt') }),
  }
}

export function presentAssignment({
  id,
  contractId,
  deviceId,
  from,
  to,
}: Assignment): Static<typeof AssignmentComponent.schema> {
  return { id, contractId, deviceId, from: formatInstant(from), to: presentInstant(to) }
}

export function presentContract(
  contract: Contract,
  assignments: readonly Assignment[],
  now: number,
): Static<typeof ContractComponent.schema> {
  const { id, customerId, customerName, anchorOn, cadence, tariffs, timeZones, pauses } = contract
  const { tariffId, tariffName } = termAt(tariffs, now)
  const { timeZone } = termAt(timeZones, now)
  return {
    id,
    reference: contract.reference ?? null,
    customerId,
    customerName,
    tariffId,
    tariffName,
    timeZone,
    anchorOn,
    cadence,
    startsAt: formatInstant(contract.startsAt),
    endsAt: presentInstant(contract.endsAt),
    tariffs: tariffs.map(({ from, ...term }) => ({ ...term, from: formatInstant(from) })),
    timeZones: timeZones.map(({ from, ...term }) => ({ ...term, from: formatInstant(from) })),
    pauses: pauses.map(({ from, to, reason }) => {
      return { from: formatInstant(from), to: presentInstant(to), reason }
    }),
    assignments: assignments.map(presentAssignment),
  }
}
