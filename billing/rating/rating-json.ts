/**
 * Rating's inputs and results as JSON, one form for files, stored explanations and other programs: big integers as
 * decimal strings, instants as RFC 3339 in UTC, absent evidence as null. `format…` and `parse…` are inverses.
 */
import { formatInstant, type Period } from '../../core/index.ts'
import { ratingErrors } from './errors.ts'
import {
  formatEvent,
  formatPeak,
  formatPeriod,
  formatUsageRecord,
  readDeviceId,
  readEvent,
  readPeak,
  readPeriod,
  readUsageRecord,
  type EventRecordJson,
  type PeakRecordJson,
  type PeriodJson,
  type RatingStepJson,
  type UsageRecordJson,
} from './evidence-json.ts'
import { JsonCheck } from './json-check.ts'
import { sayLine } from './line-sentence.ts'
import { readTariffDocument, refuseIssues } from './parse-tariff.ts'
import type {
  LineExplanation,
  RatedLine,
  AssignedDevice,
  RatingFacts,
  RatingInput,
  RatingResult,
  RatingStep,
  ScopeMember,
  VersionInForce,
  ZoneOffset,
} from './rating-types.ts'
import type { TariffDocument } from './tariff-schema.ts'

export type LineExplanationJson = {
  readonly tariffVersionId: string
  readonly period: PeriodJson
  readonly rounding: string
  readonly member: ScopeMember
  readonly steps: readonly RatingStepJson[]
  readonly usage: readonly UsageRecordJson[]
  readonly peaks: readonly PeakRecordJson[]
  readonly events: readonly EventRecordJson[]
  readonly allocation: readonly { readonly deviceId: string; readonly amountMinor: string }[]
}

export type RatedLineJson = Omit<RatedLine, 'amountMinor' | 'unitPrice' | 'explanation'> & {
  readonly unitPrice: string | null
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
    readonly wholePeriod: PeriodJson
    readonly offsets: readonly { readonly from: string; readonly offsetMs: number }[]
    readonly charged: RatingFacts['charged']
    readonly contract: { readonly from: string; readonly to: string | null }
    readonly devices: readonly {
      readonly deviceId: string
      readonly from: string
      readonly to: string | null
      readonly site: string | null
      readonly tags: readonly string[]
    }[]
    /** Left out where there are none. */
    readonly pauses?: readonly PeriodJson[]
    readonly usage: readonly UsageRecordJson[]
    readonly peaks: readonly PeakRecordJson[]
    readonly events: readonly EventRecordJson[]
  }
}

const MAX_OFFSET_MS = 86_400_000

/** The id that a bare tariff document goes by: it was never published, so it has no hash. */
const UNPUBLISHED_VERSION_ID = 'unpublished'

/**
 * `tariffJson` is a tariff document, in force for the whole period, or `{ versions: [{ id, from, to, document }] }`.
 * `usageJson` is `{ period, timeZone, usage }`, with `cutoffAt` (the period's end unless given) and `opening`.
 * @throws AppError `tariff_invalid` or `rating_input_invalid`, each with one issue per mistake
 */
export function parseRatingInput(tariffJson: unknown, usageJson: unknown): RatingInput {
  const check = new JsonCheck()
  const members = check.object(usageJson ?? null, '', ['period', 'timeZone', 'usage'], optionalMembers)
  const period = readPeriod(check, members['period'], '/period')
  check.object(members['opening'], '/opening', [])
  const listOf = <Each>(name: string, read: (check: JsonCheck, json: unknown, at: string) => Each) =>
    check.list(members[name] ?? [], `/${name}`, (element, at) => read(check, element, at))
  const input: Omit<RatingInput, 'versions'> = {
    usage: check.list(members['usage'], '/usage', (record, at) => readUsageRecord(check, record, at)),
    peaks: listOf('peaks', readPeak),
    events: listOf('events', readEvent),
    opening: {},
    facts: {
      period,
      wholePeriod:
        members['wholePeriod'] === undefined
          ? period
          : readPeriod(check, members['wholePeriod'], '/wholePeriod'),
      timeZone: check.text(members['timeZone'], '/timeZone'),
      offsets: listOf('offsets', readOffset),
      cutoffAt: check.optionalInstant(members['cutoffAt'], '/cutoffAt') ?? period.to,
      charged: check.oneOf(members['charged'], '/charged', ['in_arrears', 'in_advance']),
      contract:
        members['contract'] === undefined
          ? { from: period.from, to: undefined }
          : readSpan(check, members['contract'], '/contract'),
      devices: listOf('devices', readDevice),
      pauses: listOf('pauses', readPeriod),
    },
  }
  refuseUsageIssues(check)
  return { versions: readVersions(tariffJson, period), ...input }
}

const optionalMembers = [
  'cutoffAt',
  'opening',
  'wholePeriod',
  'offsets',
  'charged',
  'contract',
  'devices',
  'pauses',
  'peaks',
  'events',
]

export function formatRatingInput(input: RatingInput): RatingInputJson {
  const { versions, usage, peaks, events, opening, facts } = input
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
      wholePeriod: formatPeriod(facts.wholePeriod),
      offsets: facts.offsets.map(({ from, offsetMs }) => ({ from: formatInstant(from), offsetMs })),
      charged: facts.charged,
      contract: formatSpan(facts.contract),
      devices: facts.devices.map(({ deviceId, site = null, tags, ...span }) => {
        return { deviceId, ...formatSpan(span), site, tags }
      }),
      ...(facts.pauses.length > 0 && { pauses: facts.pauses.map(formatPeriod) }),
      usage: usage.map(formatUsageRecord),
      peaks: peaks.map(formatPeak),
      events: events.map(formatEvent),
    },
  }
}

export function formatRatingResult({ lines, closing }: RatingResult): RatingResultJson {
  return { lines: lines.map(formatLine), closing }
}

export function formatLine(line: RatedLine): RatedLineJson {
  return {
    ...line,
    unitPrice: line.unitPrice ?? null,
    amountMinor: line.amountMinor.toString(),
    explanation: formatExplanation(line.explanation),
  }
}

export function formatExplanation(explanation: LineExplanation): LineExplanationJson {
  const { tariffVersionId, period, rounding, member, steps, usage, peaks, events, allocation } = explanation
  return {
    tariffVersionId,
    period: formatPeriod(period),
    rounding,
    member,
    steps: steps.map((step) => ('at' in step ? { ...step, at: formatInstant(step.at) } : step)),
    usage: usage.map(formatUsageRecord),
    peaks: peaks.map(formatPeak),
    events: events.map(formatEvent),
    allocation: allocation.map(({ deviceId, amountMinor }) => {
      return { deviceId, amountMinor: amountMinor.toString() }
    }),
  }
}

/** @throws AppError `rating_input_invalid` with one issue per mistake */
export function parseExplanation(json: unknown): LineExplanation {
  const check = new JsonCheck()
  const members = check.object(
    json ?? null,
    '',
    ['tariffVersionId', 'period', 'rounding', 'usage'],
    ['member', 'steps', 'peaks', 'events', 'allocation'],
  )
  const listOf = <Each>(name: string, read: (check: JsonCheck, json: unknown, at: string) => Each) =>
    check.list(members[name] ?? [], `/${name}`, (element, at) => read(check, element, at))
  const explanation: LineExplanation = {
    tariffVersionId: check.text(members['tariffVersionId'], '/tariffVersionId'),
    period: readPeriod(check, members['period'], '/period'),
    rounding: check.oneOf(members['rounding'], '/rounding', ['half_even', 'half_up', 'up', 'down']),
    member: readMember(check, members['member'], '/member'),
    steps: listOf('steps', readStep),
    usage: check.list(members['usage'], '/usage', (record, at) => readUsageRecord(check, record, at)),
    peaks: listOf('peaks', readPeak),
    events: listOf('events', readEvent),
    allocation: listOf('allocation', readAllocation),
  }
  refuseUsageIssues(check)
  return explanation
}

/** A line as `formatLine` writes it; its sentence follows from the rest. @throws AppError `rating_input_invalid` with one issue per mistake */
export function parseLine(json: unknown): RatedLine {
  const check = new JsonCheck()
  const names = ['itemId', 'description', 'quantity', 'unit', 'unitPrice', 'currency', 'taxCategory']
  const others = ['unroundedAmount', 'amountMinor', 'explanation', 'sentence']
  const members = check.object(json ?? null, '', [...names, ...others], ['correctsId'])
  const textOf = (name: string) => check.text(members[name], `/${name}`)
  const line = {
    itemId: textOf('itemId'),
    description: textOf('description'),
    quantity: textOf('quantity'),
    unit: textOf('unit'),
    unitPrice: members['unitPrice'] === null ? undefined : textOf('unitPrice'),
    currency: textOf('currency') as RatedLine['currency'],
    taxCategory: textOf('taxCategory'),
    unroundedAmount: textOf('unroundedAmount'),
    amountMinor: check.signed(members['amountMinor'], '/amountMinor'),
  }
  refuseUsageIssues(check)
  const explained = { ...line, explanation: parseExplanation(members['explanation']) }
  return { ...explained, sentence: sayLine(explained, 'en') }
}

function formatSpan({ from, to }: { readonly from: number; readonly to: number | undefined }) {
  return { from: formatInstant(from), to: to === undefined ? null : formatInstant(to) }
}

function readSpan(check: JsonCheck, json: unknown, pointer: string) {
  const members = check.object(json, pointer, ['from', 'to'])
  return {
    from: check.instant(members['from'], `${pointer}/from`),
    to: check.optionalInstant(members['to'], `${pointer}/to`),
  }
}

function readOffset(check: JsonCheck, json: unknown, pointer: string): ZoneOffset {
  const members = check.object(json, pointer, ['from', 'offsetMs'])
  return {
    from: check.instant(members['from'], `${pointer}/from`),
    offsetMs: check.count(members['offsetMs'], `${pointer}/offsetMs`, -MAX_OFFSET_MS),
  }
}

function readDevice(check: JsonCheck, json: unknown, pointer: string): AssignedDevice {
  const members = check.object(json, pointer, ['deviceId', 'from', 'to'], ['site', 'tags'])
  const { site } = members
  return {
    deviceId: readDeviceId(check, members['deviceId'], `${pointer}/deviceId`),
    from: check.instant(members['from'], `${pointer}/from`),
    to: check.optionalInstant(members['to'], `${pointer}/to`),
    site: site === undefined || site === null ? undefined : check.text(site, `${pointer}/site`),
    tags: check.list(members['tags'] ?? [], `${pointer}/tags`, (tag, at) => check.text(tag, at)),
  }
}

/** A line from before lines had members is the contract's. */
function readMember(check: JsonCheck, json: unknown, pointer: string): ScopeMember {
  if (json === undefined) return { kind: 'contract' }
  const members = check.object(json, pointer, ['kind'], ['id'])
  const kind = check.oneOf(members['kind'], `${pointer}/kind`, ['contract', 'device', 'site', 'tag'])
  return kind === 'contract' ? { kind } : { kind, id: check.text(members['id'], `${pointer}/id`) }
}

/** Written by `formatExplanation` and frozen since: only the instants have another form. */
function readStep(check: JsonCheck, json: unknown, pointer: string): RatingStep {
  if (typeof json !== 'object' || json === null || !('kind' in json)) {
    check.refuse(pointer, 'Write a step of an explanation.')
    return { kind: 'charged_before', amount: '0' }
  }
  const step = 'at' in json ? { ...json, at: check.instant(json.at, `${pointer}/at`) } : json
  return step as RatingStep
}

function readAllocation(check: JsonCheck, json: unknown, pointer: string) {
  const members = check.object(json, pointer, ['deviceId', 'amountMinor'])
  return {
    deviceId: check.text(members['deviceId'], `${pointer}/deviceId`),
    amountMinor: check.signed(members['amountMinor'], `${pointer}/amountMinor`),
  }
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

function refuseUsageIssues(check: JsonCheck): void {
  const summary = check.summary()
  if (summary === undefined) return
  throw ratingErrors.rating_input_invalid(`Correct the usage document. ${summary}`, { issues: check.issues })
}
