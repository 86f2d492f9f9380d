/**
 * What a quantity rests on, as JSON: usage records, peaks and events with big integers as decimal strings, instants as RFC 3339 in
 * UTC and what is absent as null. `format…` and `read…` are inverses.
 */
import { formatInstant, isDeviceId, isRegisterName, type DeviceId, type Period } from '../../core/index.ts'
import type { JsonCheck } from './json-check.ts'
import type {
  EventRecord,
  EvidenceBorder,
  EvidencePoint,
  PeakRecord,
  RatingStep,
  UsageRecord,
} from './rating-types.ts'

export type PeriodJson = { readonly from: string; readonly to: string }

type EvidencePointJson = {
  readonly at: string
  readonly value: string
  readonly epoch: number | null
  readonly seq: number | null
}

type EvidenceBorderJson = {
  readonly at: string
  readonly value: string
  readonly before: EvidencePointJson | null
  readonly after: EvidencePointJson | null
  readonly isEstimated: boolean
}

export type UsageRecordJson = {
  readonly deviceId: string
  readonly register: string
  readonly unit: string
  readonly from: string
  readonly to: string
  readonly quantity: string
  readonly start: EvidenceBorderJson
  readonly end: EvidenceBorderJson
}

export type PeakRecordJson = Omit<UsageRecordJson, 'start' | 'end'> & { readonly at: string | null }

export type EventRecordJson = {
  readonly deviceId: string
  readonly id: string
  readonly type: string
  readonly from: string
  readonly to: string
  readonly quantity: string
  readonly labels: Readonly<Record<string, string>>
}

type Dated<Step> = Step extends { readonly at: number } ? Omit<Step, 'at'> & { readonly at: string } : Step
export type RatingStepJson = Dated<RatingStep>

export function formatUsageRecord(record: UsageRecord): UsageRecordJson {
  return {
    deviceId: record.deviceId,
    register: record.register,
    unit: record.unit,
    ...formatPeriod(record),
    quantity: record.quantity.toString(),
    start: formatBorder(record.start),
    end: formatBorder(record.end),
  }
}

function formatBorder({ at, value, before, after, isEstimated }: EvidenceBorder): EvidenceBorderJson {
  return {
    at: formatInstant(at),
    value: value.toString(),
    before: before === undefined ? null : formatPoint(before),
    after: after === undefined ? null : formatPoint(after),
    isEstimated,
  }
}

function formatPoint({ at, value, epoch, seq }: EvidencePoint): EvidencePointJson {
  return { at: formatInstant(at), value: value.toString(), epoch: epoch ?? null, seq: seq ?? null }
}

export function formatPeriod({ from, to }: Period): PeriodJson {
  return { from: formatInstant(from), to: formatInstant(to) }
}

export function formatPeak({ at, quantity, deviceId, register, unit, ...span }: PeakRecord): PeakRecordJson {
  return {
    deviceId,
    register,
    unit,
    ...formatPeriod(span),
    quantity: quantity.toString(),
    at: at === undefined ? null : formatInstant(at),
  }
}

export function formatEvent({
  deviceId,
  id,
  type,
  from,
  to,
  quantity,
  labels,
}: EventRecord): EventRecordJson {
  return { deviceId, id, type, ...formatPeriod({ from, to }), quantity: quantity.toString(), labels }
}

export function readUsageRecord(check: JsonCheck, json: unknown, pointer: string): UsageRecord {
  const names = ['deviceId', 'register', 'unit', 'from', 'to', 'quantity', 'start', 'end']
  const members = check.object(json, pointer, names)
  return {
    deviceId: readDeviceId(check, members['deviceId'], `${pointer}/deviceId`),
    register: readRegister(check, members['register'], `${pointer}/register`),
    unit: check.text(members['unit'], `${pointer}/unit`),
    from: check.instant(members['from'], `${pointer}/from`),
    to: check.instant(members['to'], `${pointer}/to`),
    quantity: check.quantity(members['quantity'], `${pointer}/quantity`),
    start: readBorder(check, members['start'], `${pointer}/start`),
    end: readBorder(check, members['end'], `${pointer}/end`),
  }
}

function readBorder(check: JsonCheck, json: unknown, pointer: string): EvidenceBorder {
  const members = check.object(json, pointer, ['at', 'value'], ['before', 'after', 'isEstimated'])
  return {
    at: check.instant(members['at'], `${pointer}/at`),
    value: check.quantity(members['value'], `${pointer}/value`),
    before: readPoint(check, members['before'], `${pointer}/before`),
    after: readPoint(check, members['after'], `${pointer}/after`),
    isEstimated: check.flag(members['isEstimated'], `${pointer}/isEstimated`),
  }
}

function readPoint(check: JsonCheck, json: unknown, pointer: string): EvidencePoint | undefined {
  if (json === undefined || json === null) return undefined
  const members = check.object(json, pointer, ['at', 'value'], ['epoch', 'seq'])
  return {
    at: check.instant(members['at'], `${pointer}/at`),
    value: check.quantity(members['value'], `${pointer}/value`),
    epoch: readOptionalCount(check, members['epoch'], `${pointer}/epoch`),
    seq: readOptionalCount(check, members['seq'], `${pointer}/seq`),
  }
}

function readOptionalCount(check: JsonCheck, json: unknown, pointer: string): number | undefined {
  return json === undefined || json === null ? undefined : check.count(json, pointer, 0)
}

export function readPeriod(check: JsonCheck, json: unknown, pointer: string): Period {
  const members = check.object(json, pointer, ['from', 'to'])
  return {
    from: check.instant(members['from'], `${pointer}/from`),
    to: check.instant(members['to'], `${pointer}/to`),
  }
}

export function readPeak(check: JsonCheck, json: unknown, pointer: string): PeakRecord {
  const names = ['deviceId', 'register', 'unit', 'from', 'to', 'quantity', 'at']
  const members = check.object(json, pointer, names)
  return {
    deviceId: readDeviceId(check, members['deviceId'], `${pointer}/deviceId`),
    register: readRegister(check, members['register'], `${pointer}/register`),
    unit: check.text(members['unit'], `${pointer}/unit`),
    from: check.instant(members['from'], `${pointer}/from`),
    to: check.instant(members['to'], `${pointer}/to`),
    quantity: check.quantity(members['quantity'], `${pointer}/quantity`),
    at: check.optionalInstant(members['at'], `${pointer}/at`),
  }
}

export function readEvent(check: JsonCheck, json: unknown, pointer: string): EventRecord {
  const names = ['deviceId', 'id', 'type', 'from', 'to', 'quantity']
  const members = check.object(json, pointer, names, ['labels'])
  return {
    deviceId: readDeviceId(check, members['deviceId'], `${pointer}/deviceId`),
    id: check.text(members['id'], `${pointer}/id`),
    type: readRegister(check, members['type'], `${pointer}/type`),
    from: check.instant(members['from'], `${pointer}/from`),
    to: check.instant(members['to'], `${pointer}/to`),
    quantity: check.quantity(members['quantity'], `${pointer}/quantity`),
    labels: check.texts(members['labels'] ?? {}, `${pointer}/labels`),
  }
}

export function readDeviceId(check: JsonCheck, json: unknown, pointer: string): DeviceId {
  const text = check.text(json, pointer)
  if (text !== '' && !isDeviceId(text)) check.refuse(pointer, 'Write a device id as devices use it.')
  return text as DeviceId
}

function readRegister(check: JsonCheck, json: unknown, pointer: string): string {
  const text = check.text(json, pointer)
  if (text !== '' && !isRegisterName(text))
    check.refuse(pointer, 'Write the name of a register such as "run_s".')
  return text
}
