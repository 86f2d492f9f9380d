/** Plays a random history through real stores: metering that judges readings, the ledger that keeps invoices. */
import {
  AppError,
  DAY_MS,
  deviceTopics,
  formatInstant,
  getDeviceId,
  getInstant,
  systemActor,
  type DeviceId,
  type ModelId,
  type TariffId,
} from '../../core/index.ts'
import type { Contract, Invoice } from '../billing-types.ts'
import { openBillingFixture, type BillingFixture } from './billing-fixture.ts'
import type { TariffDocuments } from './random-tariffs.ts'
import {
  baseValues,
  type ArrivingEvent,
  type ArrivingReading,
  type ContractHistory,
  type ReadingDecision,
  type Reissue,
} from './random-histories.ts'

export type PlayedContract = {
  readonly fixture: BillingFixture
  readonly contract: Contract
  readonly deviceIds: readonly DeviceId[]
  /** What it moves to. */
  readonly otherTariffId: TariffId | undefined
}

/** A contract for each, in one installation with taxes of 19 and 7 percent, and nothing reported yet. */
export async function openHistories(
  histories: readonly ContractHistory[],
): Promise<readonly PlayedContract[]> {
  const rate = { place: 'DE', from: '1980-01-01' }
  const fixture = await openBillingFixture(
    {},
    { ...rate, category: 'standard', percent: '19', kind: 'standard' },
  )
  await fixture.billing.addTaxRate(fixture.acme, {
    ...rate,
    category: 'reduced',
    percent: '7',
    kind: 'reduced',
  })
  const played: PlayedContract[] = []
  for (const [index, history] of histories.entries()) {
    played.push(await addHistory(fixture, history, `drill-${index}`))
  }
  return played
}

async function addHistory(
  fixture: BillingFixture,
  history: ContractHistory,
  name: string,
): Promise<PlayedContract> {
  const { billing, acme } = fixture
  const publish = async ([first, second]: TariffDocuments) => {
    const { tariffId } = await billing.publishTariff(acme, { name, effectiveAt: 0, document: first })
    await billing.publishTariff(acme, { tariffId, name, effectiveAt: history.changesAt, document: second })
    return tariffId
  }
  const tariffId = await publish(history.documents)
  const { planChange } = history
  const otherTariffId = planChange === undefined ? undefined : await publish(planChange.documents)
  const contract = await fixture.addContract({
    tariffId,
    ...(history.endsAt === undefined ? {} : { endsAt: history.endsAt }),
  })
  const deviceIds: DeviceId[] = []
  for (const [index, { from, to = history.endsAt }] of history.devices.entries()) {
    const deviceId = await addDevice(fixture, `${name}-${index}`)
    const until = to === undefined ? undefined : formatInstant(to)
    await fixture.assign(contract, deviceId, formatInstant(from), until)
    deviceIds.push(deviceId)
  }
  if (history.pause !== undefined) {
    await billing.pauseContract(acme, contract.id, { ...history.pause, reason: 'Winter' })
  }
  return { fixture, contract, deviceIds, otherTariffId }
}

async function addDevice({ metering, acme }: BillingFixture, name: string): Promise<DeviceId> {
  const by = metering.by(systemActor('test'))
  const rule = { maxPerHour: 3_600n, maxGapMs: 6 * 3_600_000, gapRule: 'spread' as const }
  const model = {
    id: 'washer' as ModelId,
    name: 'Washer',
    manufacturerId: acme,
    registers: [
      { name: 'run_s', unit: 's', ...rule },
      { name: 'energy_wh', unit: 'Wh', ...rule },
      { name: 'load_wh', unit: 'Wh', ...rule, maxGapMs: 200 * DAY_MS },
    ],
    eventTypes: [{ type: 'wash' }, { type: 'job' }, { type: 'service', isBillable: false }],
  }
  await by.registerModel(model)
  const id = getDeviceId(name)
  await by.registerDevice({
    id,
    manufacturerId: acme,
    modelId: model.id,
    commissionedAt: getInstant('2026-08-01T00:00:00Z'),
    baseValues: {
      run_s: BigInt(baseValues.run_s),
      energy_wh: BigInt(baseValues.energy_wh),
      load_wh: BigInt(baseValues.load_wh),
    },
  })
  return id
}

const heldCodes = new Set(['register_fell', 'advance_implausible', 'value_contradicted'])

/** In the order given, in as many messages at once as said; nothing may be refused, though values may be held. */
export async function deliver(
  { fixture: { metering }, deviceIds }: PlayedContract,
  readings: readonly ArrivingReading[],
  receivedAt: number,
  atOnce = 7,
): Promise<void> {
  const messages = readings.flatMap(({ device, seq, at, registers, events, isDoubled }) => {
    const deviceId = deviceIds[device]
    if (deviceId === undefined) throw new Error('no device')
    const reading = {
      v: 1,
      epoch: 1,
      seq,
      at: formatInstant(at),
      clock: 'synced',
      registers,
      events: events.map(sayEvent),
    }
    const payload = Buffer.from(JSON.stringify(reading))
    const message = { deviceId, topic: deviceTopics.readings(deviceId), payload, receivedAt }
    return isDoubled ? [message, message] : [message]
  })
  for (let start = 0; start < messages.length; start += atOnce) {
    const { problems } = await metering.ingest(messages.slice(start, start + atOnce))
    const refused = problems.find(({ code }) => !heldCodes.has(code))
    if (refused !== undefined) throw new Error(`the reading was not taken: ${refused.detail}`)
  }
}

/** To its other tariff and time zone, where its history has that before one of the runs. */
export async function moveContract(
  { fixture: { billing, acme }, contract, otherTariffId }: PlayedContract,
  { planChange, zoneChange }: Pick<ContractHistory, 'planChange' | 'zoneChange'>,
  runs: readonly number[],
): Promise<void> {
  if (otherTariffId !== undefined && planChange !== undefined && runs.includes(planChange.run)) {
    await billing.changeTariff(acme, contract.id, { tariffId: otherTariffId, from: planChange.from })
  }
  if (zoneChange !== undefined && runs.includes(zoneChange.run)) {
    const { timeZone, from } = zoneChange
    await billing.changeTimeZone(acme, contract.id, { timeZone, from })
  }
}

/** Makes an invoice void, if it may be; what is still to be issued anew is returned. */
export async function makeVoid(
  played: PlayedContract,
  { age, isAtOnce }: Reissue,
): Promise<Invoice | undefined> {
  const { billing, acme } = played.fixture
  const invoice = (await invoicesOf(played)).filter(({ status }) => status !== 'void').at(-1 - age)
  if (invoice === undefined) return undefined
  if (isAtOnce) {
    await reissue(played, invoice)
    return undefined
  }
  const decision = billing.voidInvoice(acme, invoice.id, { reason: 'Wrong address' })
  return (await unlessRefused(decision)) ? invoice : undefined
}

/** What came late for a contract that has ended comes again with the next run, if its invoice is void. */
export async function reissue(
  { fixture: { billing, acme } }: PlayedContract,
  { id }: Invoice,
): Promise<void> {
  await unlessRefused(billing.reissueInvoice(acme, id, { reason: 'Right address' }))
}

async function unlessRefused(decision: Promise<unknown>): Promise<boolean> {
  try {
    await decision
    return true
  } catch (error) {
    if (!(error instanceof AppError) || !refusals.has(error.code)) throw error
    return false
  }
}
const refusals = new Set(['invoice_not_voidable', 'invoice_not_reissuable'])

/** @throws AppError if a reading has not arrived */
export async function decide(
  { fixture: { metering, acme }, deviceIds }: PlayedContract,
  decisions: readonly ReadingDecision[],
): Promise<void> {
  for (const { device, seq, register, kind } of decisions) {
    const deviceId = deviceIds[device]
    if (deviceId === undefined) throw new Error('no device')
    const about = { epoch: 1, seq, ...(register === undefined ? {} : { register }) }
    const made = kind === 'withdraw' ? await metering.listDecisions(acme, deviceId) : []
    const withdrawn = made.findLast(({ decision }) => 'seq' in decision && decision.seq === seq)
    const decision = kind === 'withdraw' ? { kind, decisionId: withdrawn?.id ?? 0 } : { kind, ...about }
    await metering
      .by(systemActor('test'))
      .decide({ manufacturerId: acme, deviceId, decision, reason: 'On site' })
  }
  await metering.settle()
}

/** What is decided in the end, as if nobody had thought otherwise before. */
export function decidedInTheEnd({ decisions }: ContractHistory): readonly ReadingDecision[] {
  const last = new Map(decisions.map((each) => [`${each.device} ${each.seq}`, each]))
  return [...last.values()].filter(({ kind }) => kind !== 'withdraw')
}

const sayEvent = ({ from, to, ...event }: ArrivingEvent) => ({
  ...event,
  from: formatInstant(from),
  to: formatInstant(to),
})

/** A contract may wait with the code that is allowed only. */
export async function runBillingAt(fixture: BillingFixture, now: number, allowed?: string): Promise<void> {
  fixture.setNow(formatInstant(now))
  const { waiting } = await fixture.billing.runBilling({})
  const fault = waiting.find(({ code }) => code !== allowed)
  if (fault !== undefined) throw new Error(`${fault.contractId} waits: ${fault.code}: ${fault.detail}`)
}

/** In order of issue. */
export async function invoicesOf({ fixture, contract }: PlayedContract): Promise<readonly Invoice[]> {
  const { items } = await fixture.billing.listInvoices(fixture.acme, { limit: 200, contractId: contract.id })
  return items.toSorted((left, right) => (left.number ?? '').localeCompare(right.number ?? ''))
}

/** Every row of what is issued, as text; whether it is paid or void is no part of it. */
export async function frozenRows({ ledger }: BillingFixture): Promise<ReadonlyMap<string, string>> {
  const rows = new Map<string, string>()
  const say = (table: string, key: string, row: object) => {
    rows.set(
      `${table} ${key}`,
      JSON.stringify(row, (_name, value: unknown) =>
        typeof value === 'bigint'
          ? `${value}n`
          : value instanceof Uint8Array
            ? Buffer.from(value).toString('hex')
            : value,
      ),
    )
  }
  for (const { status: _status, status_reason: _reason, ...row } of await ledger
    .selectFrom('invoices')
    .selectAll()
    .execute()) {
    say('invoice', row.id, row)
  }
  for (const row of await ledger.selectFrom('invoice_lines').selectAll().execute()) {
    say('line', `${row.invoice_id} ${row.position}`, row)
  }
  for (const row of await ledger.selectFrom('invoice_taxes').selectAll().execute()) {
    say('tax', `${row.invoice_id} ${row.position}`, row)
  }
  for (const row of await ledger.selectFrom('invoice_inputs').selectAll().execute()) {
    say('inputs', row.invoice_id, row)
  }
  for (const row of await ledger.selectFrom('issued_documents').selectAll().execute()) {
    say('document', JSON.stringify(Object.values(row)[0]), row)
  }
  for (const row of await ledger.selectFrom('credit_notes').selectAll().execute())
    say('credit note', row.id, row)
  for (const row of await ledger.selectFrom('credited_corrections').selectAll().execute()) {
    say('credited', `${row.credit_note_id} ${row.position}`, row)
  }
  return rows
}
