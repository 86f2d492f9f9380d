/** From the windows of one filled database to what is printed of it. */
import type { LoadName } from '../ingest/ingest-arguments.ts'
import type { RunResult } from '../ingest/load-generator.ts'
import { summarise, type NumberSummary } from '../number-summary.ts'

export type ScaleWindow = Pick<RunResult, 'acknowledgedPerSecond' | 'pubackP99Ms' | 'generatorCpuShare'> & {
  readonly serverCpuMicrosecondsPerMessage: number
}

export type ScaleRound = { readonly empty: ScaleWindow; readonly stored: ScaleWindow }

type SideReport = Readonly<Record<keyof ScaleWindow, NumberSummary>>

export type ScaleLoadReport = {
  readonly empty: SideReport
  readonly stored: SideReport
  /** Of acknowledged messages per second, within each round. */
  readonly storedToEmpty: NumberSummary
}

export type StoredReport = {
  readonly storedReadings: number
  readonly fileBytes: number
  readonly fillSeconds: number
  readonly loads: Readonly<Partial<Record<LoadName, ScaleLoadReport>>>
}

export type ScaleResult = { readonly stored: readonly StoredReport[] }

export function reportStored({
  storedReadings,
  fileBytes,
  fillMs,
  rounds,
}: {
  readonly storedReadings: number
  readonly fileBytes: number
  readonly fillMs: number
  readonly rounds: Readonly<Partial<Record<LoadName, readonly ScaleRound[]>>>
}): StoredReport {
  const loads = Object.fromEntries(Object.entries(rounds).map(([load, each]) => [load, reportLoad(each)]))
  return { storedReadings, fileBytes, fillSeconds: Math.round(fillMs / 1_000), loads }
}

function reportLoad(rounds: readonly ScaleRound[]): ScaleLoadReport {
  return {
    empty: reportSide(rounds.map(({ empty }) => empty)),
    stored: reportSide(rounds.map(({ stored }) => stored)),
    storedToEmpty: summarise(
      rounds.map(({ empty, stored }) => stored.acknowledgedPerSecond / empty.acknowledgedPerSecond),
      2,
    ),
  }
}

function reportSide(windows: readonly ScaleWindow[]): SideReport {
  const figure = (name: keyof ScaleWindow, digits: number) =>
    summarise(
      windows.map((window) => window[name]),
      digits,
    )
  return {
    acknowledgedPerSecond: figure('acknowledgedPerSecond', 0),
    pubackP99Ms: figure('pubackP99Ms', 2),
    serverCpuMicrosecondsPerMessage: figure('serverCpuMicrosecondsPerMessage', 2),
    generatorCpuShare: figure('generatorCpuShare', 2),
  }
}
