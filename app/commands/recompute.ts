/**
 * `usance recompute`: derives devices again from their stored readings and compares with everything that is kept of them.
 * Only reads, so it may run beside a server. One device at a time; the report keeps the first differences and counts all.
 */
import path from 'node:path'
import {
  formatInstant,
  parseInstant,
  secureRandomBytes,
  systemClock,
  type ManufacturerId,
} from '../../core/index.ts'
import { createMetering, type RecomputeDifference, type RecomputeScope } from '../../metering/index.ts'
import type { CommandContext } from '../command-context.ts'
import { parseCommandArguments } from '../command-line.ts'
import { databaseFile } from '../databases.ts'
import { appErrors } from '../errors.ts'
import { createLogger } from '../logger.ts'

const MAX_REPORTED = 1_000
const DEVICES_PER_LINE = 1_000

/** Exits 1 on any difference. */
export async function runRecompute({ argv, stdout, stderr, environment }: CommandContext): Promise<number> {
  const options = {
    device: { type: 'string' },
    manufacturer: { type: 'string' },
    from: { type: 'string' },
  } as const
  const { config, own } = parseCommandArguments(argv, options, environment)
  const scope: RecomputeScope = {
    deviceId: own.device,
    manufacturerId: own.manufacturer as ManufacturerId | undefined,
    from: readFrom(own.from),
  }
  const metering = createMetering({
    file: databaseFile(config.data, 'metering'),
    clock: systemClock,
    randomBytes: secureRandomBytes,
    log: createLogger(config.logLevel, stderr.isTTY),
  })
  try {
    const report = await recomputeAll(metering.recompute(scope), (devices, readings) => {
      stderr.write(`${devices} devices with ${readings} readings recomputed\n`)
    })
    stdout.write(`${JSON.stringify(report, null, 2)}\n`)
    stderr.write(
      report.differenceCount === 0
        ? `No difference in ${path.basename(databaseFile(config.data, 'metering'))}.\n`
        : `${report.differenceCount} DIFFERENCES: what is stored does not follow from the readings.\n`,
    )
    return report.differenceCount === 0 ? 0 : 1
  } finally {
    await metering.close()
  }
}

async function recomputeAll(
  parts: ReturnType<ReturnType<typeof createMetering>['recompute']>,
  onProgress: (devices: number, readings: number) => void,
) {
  let [devices, readings, differenceCount] = [0, 0, 0]
  const differences: RecomputeDifference[] = []
  const beingJudged: string[] = []
  for await (const part of parts) {
    differenceCount += part.differenceCount
    differences.push(...part.differences.slice(0, MAX_REPORTED - differences.length))
    if (part.kind === 'totals') continue
    devices += 1
    readings += part.readings
    if (part.isBeingJudged && beingJudged.length < MAX_REPORTED) beingJudged.push(part.deviceId)
    if (devices % DEVICES_PER_LINE === 0) onProgress(devices, readings)
  }
  return { devices, readings, beingJudged, differenceCount, differences: differences.map(presentDifference) }
}

function presentDifference({ at, stored, recomputed, ...rest }: RecomputeDifference) {
  return {
    ...rest,
    ...(at === undefined ? {} : { at: formatInstant(at) }),
    stored: stored ?? null,
    recomputed: recomputed ?? null,
  }
}

function readFrom(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const from = parseInstant(text)
  if (from === undefined) {
    throw appErrors.arguments_invalid('Write --from like "2026-11-01T00:00:00Z".')
  }
  return from
}
