/** From the phases of all rounds to the JSON that is printed. */
import type { Accounting } from '../ingest/measure-ingest.ts'
import type { SteadyPhase } from '../ingest/steady-load.ts'
import type { UsageReads } from '../ingest/usage-reader.ts'
import { summarise, type NumberSummary } from '../number-summary.ts'
import type { Backups, BacklogUpload } from './disturbances.ts'

export type LatencyRound = {
  readonly bareAedes: SteadyPhase
  readonly undisturbed: SteadyPhase
  readonly backlog: SteadyPhase & BacklogUpload
  readonly backup: SteadyPhase & Backups
  readonly reading: SteadyPhase & UsageReads
}

const figures = {
  seconds: 1,
  acknowledgedPerSecond: 0,
  pubackP50Ms: 2,
  pubackP99Ms: 2,
  pubackMaxMs: 0,
  sentLateP99Ms: 2,
} as const satisfies Record<keyof SteadyPhase, number>

export type PhaseReport = Readonly<Record<keyof SteadyPhase, NumberSummary>>

export type LatencyResult = {
  readonly highestRatePerSecond: number
  readonly messagesPerSecond: number
  readonly phases: Readonly<Record<keyof LatencyRound, PhaseReport>>
  /** What went on beside the fleet, round by round. */
  readonly disturbances: readonly Readonly<Record<'backlog' | 'backup' | 'reading', object>>[]
  readonly accounting: Accounting
}

export function reportLatency(
  highestRate: number,
  messagesPerSecond: number,
  rounds: readonly LatencyRound[],
  accounting: Accounting,
): LatencyResult {
  const phase = (name: keyof LatencyRound) => summarisePhase(rounds.map((round) => round[name]))
  return {
    highestRatePerSecond: Math.round(highestRate),
    messagesPerSecond,
    phases: {
      bareAedes: phase('bareAedes'),
      undisturbed: phase('undisturbed'),
      backlog: phase('backlog'),
      backup: phase('backup'),
      reading: phase('reading'),
    },
    disturbances: rounds.map(({ backlog, backup, reading }) => ({
      backlog: { uploadMs: backlog.uploadMs, judgedAfterMs: backlog.judgedAfterMs },
      backup: { backups: backup.backups, backupMs: backup.backupMs },
      reading: {
        rounds: reading.rounds,
        roundMs: reading.roundMs,
        busiestQuantity: reading.busiestQuantity,
      },
    })),
    accounting,
  }
}

function summarisePhase(phases: readonly SteadyPhase[]): PhaseReport {
  const figure = (name: keyof SteadyPhase) =>
    summarise(
      phases.map((phase) => phase[name]),
      figures[name],
    )
  return {
    seconds: figure('seconds'),
    acknowledgedPerSecond: figure('acknowledgedPerSecond'),
    pubackP50Ms: figure('pubackP50Ms'),
    pubackP99Ms: figure('pubackP99Ms'),
    pubackMaxMs: figure('pubackMaxMs'),
    sentLateP99Ms: figure('sentLateP99Ms'),
  }
}
