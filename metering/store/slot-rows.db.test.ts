/** Borders read from a window answer as borders looked up one by one, whatever lies between them. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { formatInstant, HOUR_MS, SLOT_MS, type DeviceId, type ManufacturerId } from '../../core/index.ts'
import {
  acme,
  aMessage,
  aReading,
  commissionedAt,
  openMeteringFixture,
  type MeteringFixture,
} from '../testing/metering-fixture.ts'

const deviceId = 'drill-1' as DeviceId
const device = { deviceId, register: 'run_s' }

let fixture: MeteringFixture
beforeEach(async () => {
  fixture = await openMeteringFixture([deviceId])
  const { metering } = fixture
  // Every seven minutes for five hours, then a gap of a day that is estimated, then again; the last slot stays open.
  const minutes = [...Array(44).keys()].map((index) => index * 7)
  const later = minutes.map((minute) => minute + 29 * 60)
  const messages = [...minutes, ...later].map((minute, index) =>
    aMessage(
      deviceId,
      aReading(index + 1, 60 * index, { at: formatInstant(commissionedAt + minute * 60_000) }),
    ),
  )
  await metering.ingest(messages)
})
afterEach(() => fixture.close())

/** Each border by itself, as `readUsage` finds it. */
async function lookUp(borders: readonly number[]) {
  const usages = await fixture.metering.readUsage(borders.map((at) => ({ ...device, from: at, to: at })))
  return {
    values: usages.map(({ start }) => start.value),
    isEstimated: usages.map(({ start }) => Number(start.isEstimated)),
  }
}

async function readSteps(borders: readonly number[]) {
  const [steps] = await fixture.metering.readSteps([{ ...device, borders }])
  if (steps === undefined) throw new Error('One question has one answer.')
  return { values: [...steps.values], isEstimated: [...steps.isEstimated] }
}

describe('readSteps', () => {
  it.each([
    ['quarters of an hour', SLOT_MS, -SLOT_MS * 3],
    ['quarters that begin inside a slot', SLOT_MS, SLOT_MS / 3],
    ['minutes', 60_000, 0],
    ['hours', HOUR_MS, -HOUR_MS],
    ['steps so long that each border is looked up', 5 * HOUR_MS, -HOUR_MS],
  ])('reads %s as one by one', async (_name, stepMs, offsetMs) => {
    const borders = [...Array(140).keys()].map((index) => commissionedAt + offsetMs + index * stepMs)
    expect(await readSteps(borders)).toEqual(await lookUp(borders))
  })

  it('adds up to the usage of the whole span', async () => {
    const borders = [...Array(141).keys()].map((index) => commissionedAt + index * SLOT_MS)
    const { values } = await readSteps(borders)
    const [whole] = await fixture.metering.readUsage([
      { ...device, from: commissionedAt, to: commissionedAt + 140 * SLOT_MS },
    ])
    expect((values.at(-1) ?? 0n) - (values[0] ?? 0n)).toBe(whole?.quantity)
    expect(whole?.quantity).toBeGreaterThan(0n)
  })

  it('refuses borders that go back in time, and none at all', async () => {
    await expect(readSteps([commissionedAt + 1, commissionedAt])).rejects.toMatchObject({
      code: 'usage_span_invalid',
    })
    await expect(readSteps([])).rejects.toMatchObject({ code: 'usage_span_invalid' })
  })
})

describe('findModelsOf', () => {
  it('answers for own devices only', async () => {
    const { metering } = fixture
    const models = await metering.findModelsOf(acme, [deviceId, 'nobody'])
    expect([...models].map(([id, { registers }]) => [id, registers.map(({ name }) => name)])).toEqual([
      [deviceId, ['run_s', 'energy_wh']],
    ])
    expect([...(await metering.findModelsOf('man_other' as ManufacturerId, [deviceId]))]).toEqual([])
  })
})
