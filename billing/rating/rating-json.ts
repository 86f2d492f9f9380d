/**
 * Rating's inputs and results as JSON, one form for files, stored explanations and other programs: big integers as
 * decimal strings, instants as RFC 3339 in UTC, absent evidence as null. `format…` and `parse…` are inverses.
 */
import { formatInstant, isDeviceId, isRegisterName, type DeviceId, type Period } from '../../core/index.ts'
import { ratingErrors } from './errors.ts'
import { JsonCheck } from './json-check.ts'
import { readTariffDocument, refuseIssues } from './parse-tariff.ts'
import type {
  EvidenceBorder,
  EvidencePoint,
  LineExplanation,
  RatedLine,
  RatingInput,
  RatingResult,
  TariffDocument,
  UsageRecord,
  VersionInForce,
} from './rating-types.ts'

type PeriodJson = { readonly from: string; readonly to: string }

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

type UsageRecordJson = {
  readonly deviceId: string
  readonly register: string
  readonly unit: string
  readonly from: string
  readonly to: string
  readonly quantity: string
  readonly start: EvidenceBorderJson
  readonly end: EvidenceBorderJson
}

export type LineExplanationJson = {
  readonly tariffVersionId: string
  readonly period: PeriodJson
  readonly rounding: string
  readonly usage: readonly UsageRecordJson[]
}

export type RatedLineJson = Omit<RatedLine, 'amountMinor' | 'explanation'> & {
  readonly amountMinor: string
  readonly explanation: LineExplanationJson
}

export type RatingResultJson = {
  readonly lines: readonly RatedLineJson[]
  readonly closing: Readonly<Record<string, never>>
}

/** The two documents of a rating. */
export type RatingInputJson = {
  readonly tariff: {
    readonly versions: readonly {
      readonly id: string
      readonly from: string
      readonly to: string
      readonly document: TariffDocument
    }[]
  }
  readonly usage: {
    readonly period: PeriodJson
    readonly timeZone: string
    readonly cutoffAt: string
    readonly opening: Readonly<Record<string, never>>
    readonly usage: readonly UsageRecordJson[]
  }
}

/** The id that a bare tariff document goes by: it was never published, so it has no hash. */
const UNPUBLISHED_VERSION_ID = 'unpublished'

/**
 * `tariffJson` is a tariff document, in force for the whole period, or `{ versions: [{ id, from, to, document }] }`.
 * `usageJson` is `{ period, timeZone, usage }`, with `cutoffAt` (the period's end unless given) and `opening`.
 * @throws AppError `tariff_invalid` or `rating_input_invalid`, each with one issue per mistake
 */
export function parseRatingInput(tariffJson: unknown, usageJson: unknown): RatingInput {
  const check = new JsonCheck()
  const members = check.object(
    usageJson ?? null,
    '',
    ['period', 'timeZone', 'usage'],
    ['cutoffAt', 'opening'],
  )
  const period = readPeriod(check, members['period'], '/period')
  const cutoffAt =
    members['cutoffAt'] === undefined ? period.to : check.instant(members['cutoffAt'], '/cutoffAt')
  check.object(members['opening'], '/opening', [])
  const timeZone = check.text(members['timeZone'], '/timeZone')
  const usage = check.list(members['usage'], '/usage', (record, at) => readUsageRecord(check, record, at))
  refuseUsageIssues(check)
  return {
    versions: readVersions(tariffJson, period),
    usage,
    opening: {},
    facts: { period, timeZone, cutoffAt },
  }
}

export function formatRatingInput({ versions, usage, opening, facts }: RatingInput): RatingInputJson {
  return {
    tariff: {
      versions: versions.map(({ id, from, to, document }) => ({
        id,
        ...formatPeriod({ from, to }),
        document,
      })),
    },
    usage: {
      period: formatPeriod(facts.period),
      timeZone: facts.timeZone,
      cutoffAt: formatInstant(facts.cutoffAt),
      opening,
      usage: usage.map(formatUsageRecord),
    },
  }
}

export function formatRatingResult({ lines, closing }: RatingResult): RatingResultJson {
  return { lines: lines.map(formatLine), closing }
}

export function formatLine(line: RatedLine): RatedLineJson {
  return {
    ...line,
    amountMinor: line.amountMinor.toString(),
    explanation: formatExplanation(line.explanation),
  }
}

export function formatExplanation({
  tariffVersionId,
  period,
  rounding,
  usage,
}: LineExplanation): LineExplanationJson {
  return { tariffVersionId, period: formatPeriod(period), rounding, usage: usage.map(formatUsageRecord) }
}

/** @throws AppError `rating_input_invalid` with one issue per mistake */
export function parseExplanation(json: unknown): LineExplanation {
  const check = new JsonCheck()
  const members = check.object(json ?? null, '', ['tariffVersionId', 'period', 'rounding', 'usage'])
  const explanation: LineExplanation = {
    tariffVersionId: check.text(members['tariffVersionId'], '/tariffVersionId'),
    period: readPeriod(check, members['period'], '/period'),
    rounding: check.oneOf(members['rounding'], '/rounding', ['half_even', 'half_up', 'up', 'down']),
    usage: check.list(members['usage'], '/usage', (record, at) => readUsageRecord(check, record, at)),
  }
  refuseUsageIssues(check)
  return explanation
}

function formatUsageRecord(record: UsageRecord): UsageRecordJson {
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

function formatPeriod({ from, to }: Period): PeriodJson {
  return { from: formatInstant(from), to: formatInstant(to) }
}

function readVersions(json: unknown, period: Period): readonly VersionInForce[] {
  const check = new JsonCheck()
  const versions =
    typeof json === 'object' && json !== null && 'versions' in json
      ? check.list(check.object(json, '', ['versions'])['versions'], '/versions', (version, at) =>
          readVersion(check, version, at),
        )
      : [{ id: UNPUBLISHED_VERSION_ID, ...period, document: readTariffDocument(check, json ?? null, '') }]
  refuseIssues(check)
  return versions
}

function readVersion(check: JsonCheck, json: unknown, pointer: string): VersionInForce {
  const members = check.object(json, pointer, ['id', 'from', 'to', 'document'])
  return {
    id: check.text(members['id'], `${pointer}/id`),
    from: check.instant(members['from'], `${pointer}/from`),
    to: check.instant(members['to'], `${pointer}/to`),
    document: readTariffDocument(check, members['document'], `${pointer}/document`),
  }
}

function readUsageRecord(check: JsonCheck, json: unknown, pointer: string): UsageRecord {
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

function readPeriod(check: JsonCheck, json: unknown, pointer: string): Period {
  const members = check.object(json, pointer, ['from', 'to'])
  return {
    from: check.instant(members['from'], `${pointer}/from`),
    to: check.instant(members['to'], `${pointer}/to`),
  }
}

function readDeviceId(check: JsonCheck, json: unknown, pointer: string): DeviceId {
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

function refuseUsageIssues(check: JsonCheck): void {
  const summary = check.summary()
  if (summary === undefined) return
  throw ratingErrors.rating_input_invalid(`Correct the usage document. ${summary}`, { issues: check.issues })
}
