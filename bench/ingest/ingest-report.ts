/** From windows to the JSON that is printed, and whether it may be believed. */
import type { Machine } from '../machine.ts'
import { summarise, type NumberSummary } from '../number-summary.ts'
import type { IngestSettings, LoadName } from './ingest-arguments.ts'
import type { TargetName } from './ingest-targets.ts'
import type { Accounting, IngestMeasurement, LoadResults, WindowResult } from './measure-ingest.ts'

type Summaries<Name extends string> = Readonly<Partial<Record<Name, NumberSummary>>>

const figures = {
  acknowledgedPerSecond: 0,
  pubackP50Ms: 2,
  pubackP99Ms: 2,
  serverCpuMicrosecondsPerMessage: 2,
  messagesPerCommit: 0,
  generatorCpuShare: 2,
  deliveryLagMs: 0,
} as const satisfies Partial<Record<keyof WindowResult, number>>

type FigureName = keyof typeof figures

/** Which rates are compared, round by round. */
const comparisons: Readonly<Record<string, readonly [TargetName, TargetName]>> = {
  usanceToBareAedes: ['usance', 'bareAedes'],
  usanceToMosquitto: ['usance', 'mosquitto'],
  usanceToMosquittoWithSubscriber: ['usance', 'mosquittoWithSubscriber'],
  bareAedesToMosquitto: ['bareAedes', 'mosquitto'],
}

export type LoadReport = {
  readonly messagesPerSegment: number
  readonly segmentsUnderWay: number
  readonly servers: Readonly<Partial<Record<TargetName, Summaries<FigureName>>>>
  /** Of acknowledged messages per second, within each round. */
  readonly ratios: Summaries<string>
}

export type IngestReport = {
  readonly bench: 'ingest'
  readonly measuredAt: string
  readonly machine: Machine
  readonly settings: {
    readonly connections: number
    readonly rounds: number
    readonly windowMs: number
    readonly warmUpMs: number
  }
  readonly loads: Readonly<Partial<Record<LoadName, LoadReport>>>
  readonly memory: IngestMeasurement['memory'] & { readonly ratio: number }
  readonly accounting: Accounting
}

export function reportIngest(
  { loads, memory, accounting }: IngestMeasurement,
  { connections, rounds, windowMs, warmUpMs, shapes, loads: names }: IngestSettings,
  machine: Machine,
  measuredAt: string,
): IngestReport {
  const { usanceBytesPerConnection, bareAedesBytesPerConnection } = memory
  return {
    bench: 'ingest',
    measuredAt,
    machine,
    settings: { connections, rounds, windowMs, warmUpMs },
    loads: Object.fromEntries(
      names.map((name) => [name, { ...shapes[name], ...reportLoad(loads[name] ?? {}) }]),
    ),
    memory: {
      connections: memory.connections,
      usanceBytesPerConnection: Math.round(usanceBytesPerConnection),
      bareAedesBytesPerConnection: Math.round(bareAedesBytesPerConnection),
      ratio: Number((usanceBytesPerConnection / bareAedesBytesPerConnection).toFixed(2)),
    },
    accounting,
  }
}

function reportLoad(results: LoadResults): Pick<LoadReport, 'servers' | 'ratios'> {
  const servers = Object.fromEntries(
    Object.entries(results).map(([target, windows]) => [target, reportServer(windows)]),
  )
  const ratios = Object.fromEntries(
    Object.entries(comparisons).flatMap(([name, [left, right]]) => {
      const summary = compare(results[left], results[right])
      return summary === undefined ? [] : [[name, summary]]
    }),
  )
  return { servers, ratios }
}

function reportServer(windows: readonly WindowResult[]): Summaries<FigureName> {
  return Object.fromEntries(
    Object.entries(figures).flatMap(([figure, digits]) => {
      const numbers = windows.map((window) => window[figure as FigureName])
      const known = numbers.filter((number) => number !== undefined)
      return known.length === 0 ? [] : [[figure, summarise(known, digits)]]
    }),
  )
}

function compare(
  left: readonly WindowResult[] = [],
  right: readonly WindowResult[] = [],
): NumberSummary | undefined {
  if (left.length === 0 || right.length === 0) return undefined
  const ratios = left.map(
    ({ acknowledgedPerSecond }, round) => acknowledgedPerSecond / (right[round]?.acknowledgedPerSecond ?? 0),
  )
  return summarise(ratios, 2)
}

/** Why the numbers do not count: every reading had to be accepted, and everything acknowledged to be stored. */
export function findAccountingFaults(accounting: Accounting): string[] {
  const { acknowledged, unacknowledged, received, pending, accepted, duplicate, held, rejected } = accounting
  const faults: string[] = []
  if (duplicate + held + rejected + pending > 0) {
    faults.push(
      `${duplicate} readings were duplicates, ${held} held, ${rejected} rejected, ${pending} pending; all are to be accepted.`,
    )
  }
  if (received !== accepted + duplicate + held + rejected + pending) {
    faults.push(`${received} readings were received, but their outcomes do not add up to that.`)
  }
  if (accepted < acknowledged) {
    faults.push(`${acknowledged} readings were acknowledged, but only ${accepted} are stored.`)
  }
  if (accepted > acknowledged + unacknowledged) {
    faults.push(`${accepted} readings are stored, but only ${acknowledged + unacknowledged} were sent.`)
  }
  if (acknowledged === 0) faults.push('Nothing was acknowledged.')
  return faults
}
