/**
 * Simulates a fleet against a running Usance, and prints what the receiver must have counted.
 *
 * Ends when the duration is over or at the first interruption; then it publishes what is stored and waits, until the
 * second interruption or until nothing was acknowledged for the given patience.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { type Clock, formatInstant, type Period } from '../../core/index.ts'
import type { RunSettings } from '../arguments.ts'
import { appendCredential, readCredentials } from '../credentials-file.ts'
import { simulatorErrors } from '../errors.ts'
import { registerDevice, registerModel } from '../register-devices.ts'
import type { SimulatorIo } from '../simulator-io.ts'
import type { SimulatorLog } from '../transport/device-link.ts'
import { createFleet, type DeviceTruth, type Fleet, type FleetDevice } from '../transport/fleet.ts'
import { findUsanceAccess, type UsanceAccess } from '../usance-access.ts'

const REPORT_EVERY_MS = 10_000
/** A longer timer of Node fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/**
 * The exit code: 0 when all was acknowledged, 1 when not, 130 when interrupted.
 * @throws AppError of `simulatorErrors`
 */
export async function runSimulation(settings: RunSettings, io: SimulatorIo, clock: Clock): Promise<number> {
  const access = await findUsanceAccess(settings, io.env)
  const devices = await prepareDevices(settings, access, io)
  const fleet = createFleet({
    ...settings,
    devices,
    startAt: settings.from,
    url: access.mqttUrl,
    now: clock,
    log: stderrLog(io),
  })
  const beganAt = fleet.simulatedNow()
  const whose = `${devices.length} simulated device${devices.length === 1 ? '' : 's'} (${settings.profile.name})`
  io.stderr.write(`${whose} at ${access.mqttUrl}, from ${formatInstant(beganAt)} on\n`)
  const report = setInterval(() => io.stderr.write(`${describeProgress(fleet)}\n`), REPORT_EVERY_MS)
  try {
    await liveThrough(fleet, settings, clock, io.signal)
    await drain(fleet, settings.patienceMs, io.quitSignal)
  } finally {
    clearInterval(report)
  }

  const span = { from: settings.truthFrom ?? fleet.startAt, to: settings.truthTo ?? fleet.simulatedNow() }
  io.stdout.write(`${formatTruth(settings, span, fleet.groundTruth(span.from, span.to))}\n`)
  io.stderr.write(`${describeProgress(fleet)}\n`)
  if (io.signal.aborted) return 130
  const { generated, acknowledged } = fleet.progress()
  return acknowledged === generated ? 0 : 1
}

/** The secrets of all devices; registers those that have none, one after another. */
async function prepareDevices(
  { credentialsFile, deviceIds, profile, from }: RunSettings,
  { apiUrl, apiKey }: UsanceAccess,
  { stderr, signal }: SimulatorIo,
): Promise<FleetDevice[]> {
  const secrets = await readCredentials(credentialsFile)
  const missing = deviceIds.filter((deviceId) => !secrets.has(deviceId))
  if (missing.length > 0) {
    if (apiKey === undefined) {
      throw simulatorErrors.credentials_missing(
        `Give --api-key so that devices can be registered, or add ${missing[0]} and ${missing.length - 1} more to ${credentialsFile}.`,
      )
    }
    stderr.write(`registering ${missing.length} of ${deviceIds.length} devices at ${apiUrl}\n`)
    await registerModel({ apiUrl, apiKey, signal }, profile)
  }
  for (const deviceId of missing) {
    const device = { deviceId, modelId: profile.modelId, commissionedAt: from }
    const credential = await registerDevice({ apiUrl, apiKey: apiKey!, signal }, device)
    await appendCredential(credentialsFile, credential)
    secrets.set(deviceId, credential.secret)
  }
  return deviceIds.map((deviceId) => ({ deviceId, secret: secrets.get(deviceId)! }))
}

/** Lets simulated time run until the duration is over or the signal aborts. */
async function liveThrough(
  fleet: Fleet,
  { durationMs, speed }: RunSettings,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const endsAt = durationMs === undefined ? Number.MAX_SAFE_INTEGER : clock.now() + durationMs
  fleet.goLive(durationMs === undefined ? undefined : fleet.simulatedNow() + durationMs * speed)
  while (!signal.aborted && clock.now() < endsAt) {
    const pauseMs = Math.min(endsAt - clock.now(), LONGEST_TIMER_MS)
    await delay(pauseMs, undefined, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error
    })
  }
}

async function drain(fleet: Fleet, patienceMs: number, quitSignal: AbortSignal | undefined): Promise<void> {
  const giveUp = new AbortController()
  let { acknowledged: seen } = fleet.progress()
  const watch = setInterval(() => {
    const { acknowledged } = fleet.progress()
    if (acknowledged === seen) giveUp.abort()
    seen = acknowledged
  }, patienceMs)
  try {
    await fleet.stop({
      signal: quitSignal === undefined ? giveUp.signal : AbortSignal.any([giveUp.signal, quitSignal]),
    })
  } finally {
    clearInterval(watch)
  }
}

function formatTruth(settings: RunSettings, span: Period, truths: readonly DeviceTruth[]): string {
  const sum = (count: (truth: DeviceTruth) => number): number =>
    truths.reduce((total, truth) => total + count(truth), 0)
  const document = {
    profile: settings.profile.name,
    seed: settings.seed,
    span: { from: formatInstant(span.from), to: formatInstant(span.to) },
    generated: sum((truth) => truth.generated),
    acknowledged: sum((truth) => truth.acknowledged),
    devices: truths.map(({ registers, ...truth }) => ({
      ...truth,
      registers: Object.fromEntries(
        registers.map(({ register, first, last, advance }) => [
          register,
          { first: first.toString(), last: last.toString(), advance: advance.toString() },
        ]),
      ),
    })),
  }
  return JSON.stringify(document, undefined, settings.isJson ? 0 : 2)
}

function describeProgress(fleet: Fleet): string {
  const { generated, acknowledged } = fleet.progress()
  const waiting = generated - acknowledged
  return `${formatInstant(fleet.simulatedNow())}: ${acknowledged} readings acknowledged, ${waiting} waiting`
}

function stderrLog({ stderr }: SimulatorIo): SimulatorLog {
  const line = (fields: Readonly<Record<string, unknown>>, message: string): void => {
    const details = Object.entries(fields).map(([name, member]) => `${name}=${JSON.stringify(member)}`)
    stderr.write(`${message}: ${details.join(' ')}\n`)
  }
  return { info: line, warn: line }
}
