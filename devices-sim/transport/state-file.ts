/**
 * How far each device's readings are acknowledged, kept in a file so that a restart goes on instead of starting over.
 *
 * The file may lag behind (what it misses is sent again and is a duplicate to the receiver) but never runs ahead. It is
 * replaced as a whole: a kill leaves the old or the new one. One process at a time may use a file.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { formatInstant, parseInstant } from '../../core/index.ts'
import { simulatorErrors } from '../errors.ts'

/** What makes a device's readings what they are, and how many of them are acknowledged. */
export type DeviceState = {
  readonly profile: string
  readonly seed: number
  readonly timeZone: string
  readonly startAt: number
  readonly acknowledgedSeq: number
}

export type SimulatorState = Readonly<Record<string, DeviceState>>

/** Empty when there is no such file. @throws AppError `state_invalid` */
export function readStateFile(path: string): SimulatorState {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return {}
    throw simulatorErrors.state_invalid(`Make ${path} readable, or name another file with --state.`, {
      cause,
    })
  }
  try {
    const { devices } = JSON.parse(text) as { devices: Record<string, unknown> }
    return Object.fromEntries(Object.entries(devices).map(([deviceId, entry]) => [deviceId, getState(entry)]))
  } catch (cause) {
    throw simulatorErrors.state_invalid(
      `Name another file with --state; ${path} was not written by the simulator.`,
      { cause },
    )
  }
}

export function writeStateFile(path: string, state: SimulatorState): void {
  const devices = Object.fromEntries(
    Object.entries(state).map(([deviceId, entry]) => [
      deviceId,
      { ...entry, startAt: formatInstant(entry.startAt) },
    ]),
  )
  const fresh = `${path}.new`
  mkdirSync(dirname(path), { recursive: true })
  const file = openSync(fresh, 'w', 0o600)
  try {
    writeFileSync(file, `${JSON.stringify({ v: 1, devices }, undefined, 1)}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(fresh, path)
}

function getState(entry: unknown): DeviceState {
  const { profile, seed, timeZone, startAt, acknowledgedSeq } = entry as Record<string, unknown>
  const instant = typeof startAt === 'string' ? parseInstant(startAt) : undefined
  if (
    typeof profile !== 'string' ||
    typeof timeZone !== 'string' ||
    instant === undefined ||
    !isWholeNumber(seed) ||
    !isWholeNumber(acknowledgedSeq)
  ) {
    throw new TypeError('a device entry is incomplete')
  }
  return { profile, seed, timeZone, startAt: instant, acknowledgedSeq }
}

function isWholeNumber(member: unknown): member is number {
  return typeof member === 'number' && Number.isSafeInteger(member) && member >= 0
}
