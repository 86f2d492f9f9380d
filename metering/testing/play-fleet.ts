/**
 * Plays the histories of a small fleet on the real metering, device beside device, batch by batch, and notes what each
 * device's plain model has to know. Nothing is compared here.
 */
import { systemActor, AppError, type DeviceId, type InboundMessage, type ModelId } from '../../core/index.ts'
import type { Hold, Metering, PinnedUsage, RegisterDefinition } from '../metering-types.ts'
import type { DeviceHistory } from './device-histories.ts'
import { ABSENT_CONTENT, type HistoryStep, type SentArrival } from './history-actions.ts'
import { acme, aMessage } from './metering-fixture.ts'
import type { ModelDecision } from './plain-model-types.ts'
import { runPlainModel } from './plain-model.ts'

export type PlayedDevice = {
  readonly deviceId: DeviceId
  readonly history: DeviceHistory
  /** The steps as they were played, for the model. */
  readonly steps: readonly HistoryStep[]
  /** Indices of the steps that metering refused. */
  readonly refusedSteps: readonly number[]
  readonly pinned: readonly { readonly pinId: string; readonly spans: readonly PinnedUsage[] }[]
}

type Playing = {
  readonly deviceId: DeviceId
  readonly modelId: ModelId
  readonly history: DeviceHistory
  readonly steps: HistoryStep[]
  readonly refusedSteps: number[]
  readonly pinned: { pinId: string; spans: readonly PinnedUsage[] }[]
  /** The id of each recorded decision, by its number in the history. */
  readonly decisionIds: Map<number, number>
}

/** An id that no decision has. */
const ABSENT_ID = 999_999_999

type Envelope = { readonly deviceId: DeviceId; readonly receivedAt: number; readonly arrivals: SentArrival[] }

/** Plays every history to its end and waits until all of it is judged. `name` makes the ids of the devices. */
export async function playFleet(
  metering: Metering,
  fleet: readonly DeviceHistory[],
  name: string,
): Promise<readonly PlayedDevice[]> {
  const devices: Playing[] = []
  for (const [index, history] of fleet.entries()) {
    const deviceId = `${name}-${index}` as DeviceId
    const modelId = `model-${deviceId}` as ModelId
    const { commissionedAt, baseValues, registers } = history.registration
    await registerVersion(metering, modelId, registers)
    await metering
      .by(systemActor('test'))
      .registerDevice({ id: deviceId, manufacturerId: acme, modelId, commissionedAt, baseValues })
    devices.push({
      deviceId,
      modelId,
      history,
      steps: [],
      refusedSteps: [],
      pinned: [],
      decisionIds: new Map(),
    })
  }
  const batch: Envelope[] = []
  const longest = Math.max(...fleet.map(({ steps }) => steps.length))
  for (let turn = 0; turn < longest; turn += 1) {
    for (const device of devices) {
      const step = device.history.steps[turn]
      if (step === undefined) continue
      if (step.kind === 'arrival') {
        device.steps.push(step)
        addToBatch(batch, device.deviceId, step)
        if (step.endsBatch) await handOver(metering, batch)
      } else {
        await handOver(metering, batch)
        await metering.settle()
        await playStep(metering, device, step)
      }
    }
  }
  await handOver(metering, batch)
  await metering.settle()
  return devices
}

function addToBatch(batch: Envelope[], deviceId: DeviceId, arrival: SentArrival): void {
  const last = batch.at(-1)
  const fits = last?.deviceId === deviceId && last.receivedAt === arrival.receivedAt
  if (last !== undefined && fits && arrival.joinsMessage) last.arrivals.push(arrival)
  else batch.push({ deviceId, receivedAt: arrival.receivedAt, arrivals: [arrival] })
}

async function handOver(metering: Metering, batch: Envelope[]): Promise<void> {
  const messages = batch.splice(0).map(({ deviceId, receivedAt, arrivals }): InboundMessage => {
    const documents = arrivals.map(({ document }) => document)
    const isArray = documents.length > 1 || arrivals[0]?.joinsMessage === true
    return aMessage(deviceId, isArray ? documents : documents[0], receivedAt)
  })
  if (messages.length > 0) await metering.ingest(messages)
}

async function registerVersion(
  metering: Metering,
  modelId: ModelId,
  registers: readonly RegisterDefinition[],
): Promise<number> {
  const model = await metering.by(systemActor('test')).registerModel({
    id: modelId,
    manufacturerId: acme,
    name: 'Modelled',
    registers,
  })
  return model.version
}

async function playStep(
  metering: Metering,
  device: Playing,
  step: Exclude<HistoryStep, SentArrival>,
): Promise<void> {
  const { deviceId, modelId } = device
  if (step.kind === 'model_version') {
    device.steps.push(step)
    await metering
      .by(systemActor('test'))
      .setModelVersion(acme, deviceId, await registerVersion(metering, modelId, step.registers))
  } else if (step.kind === 'pin') {
    device.steps.push(step)
    const pinId = `${deviceId} ${step.pinId}`
    const spans = step.spans.map((span) => ({ deviceId, ...span }))
    await unlessRefused(device, async () => {
      device.pinned.push({ pinId, spans: await metering.pinUsage({ pinId, spans }) })
    })
  } else {
    const { known, sent } = await nameReading(metering, device, step.decision)
    device.steps.push({ ...step, decision: known })
    await unlessRefused(device, async () => {
      const { id } = await metering.by(systemActor('test')).decide({
        manufacturerId: acme,
        deviceId,
        decision: nameDecision(device, sent),
        decidedBy: 'a person',
        reason: 'as told',
      })
      device.decisionIds.set(step.decisionId, id)
    })
  }
}

async function unlessRefused(device: Playing, act: () => Promise<void>): Promise<void> {
  try {
    await act()
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    device.refusedSteps.push(device.steps.length - 1)
  }
}

/** Exchanges the number of a decision in the history for the id under which it is recorded. */
function nameDecision({ decisionIds }: Playing, decision: ModelDecision): ModelDecision {
  if (decision.kind !== 'withdraw') return decision
  return { ...decision, decisionId: decisionIds.get(decision.decisionId) ?? ABSENT_ID }
}

/**
 * Exchanges the number of a content for the id under which it is stored. People learn such an id from a hold; a content
 * without an open hold cannot be named, so the decision is then about the reading whichever content stands.
 */
async function nameReading(
  metering: Metering,
  { deviceId, history, steps }: Playing,
  decision: ModelDecision,
): Promise<{ known: ModelDecision; sent: ModelDecision }> {
  if (!('readingId' in decision) || decision.readingId === undefined)
    return { known: decision, sent: decision }
  const { readingId: content, ...rest } = decision
  const { contents, openHolds } = runPlainModel(history.registration, steps)
  const stored = contents.find((candidate) => candidate.content === content)
  if (stored === undefined) return { known: decision, sent: { ...rest, readingId: ABSENT_CONTENT * 1_000 } }

  const { epoch, seq } = stored.reading
  const heldContents = contents
    .filter(({ reading }) => reading.epoch === epoch && reading.seq === seq)
    .filter((candidate) => openHolds.some((hold) => hold.content === candidate.content))
  const heldIds = readingIdsOf(await metering.listHolds(acme, deviceId), epoch, seq)
  if (heldIds.length !== heldContents.length) {
    throw new Error(
      `${heldIds.length} readings are held as ${epoch}/${seq} and not ${heldContents.length} as in the model`,
    )
  }
  const readingId = heldIds[heldContents.findIndex((held) => held.content === content)]
  if (readingId === undefined) return { known: rest, sent: rest }
  return { known: decision, sent: { ...rest, readingId } }
}

/** Ids rise in the order in which contents were stored. */
function readingIdsOf(holds: readonly Hold[], epoch: number, seq: number): number[] {
  const ids = holds
    .filter((hold) => hold.epoch === epoch && hold.seq === seq)
    .map(({ readingId }) => readingId)
  return [...new Set(ids)].toSorted((a, b) => a - b)
}
