import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemActor } from '../../core/index.ts'
import {
  acme,
  aMessage,
  aReading,
  openMeteringFixture,
  type MeteringFixture,
} from '../testing/metering-fixture.ts'

let fixture: MeteringFixture
beforeEach(async () => {
  fixture = await openMeteringFixture(['drill-1', 'drill-2'])
})
afterEach(() => fixture.close())

/** What the register shows, hour by hour. */
async function report(deviceId: string, ...values: readonly number[]) {
  for (const [place, runS] of values.entries()) {
    await fixture.metering.ingest([aMessage(deviceId, aReading(place + 1, runS))])
  }
  await fixture.metering.settle()
}

const opened = async (after = 0, limit = 100) => {
  const holds = await fixture.metering.feed.readOpenedHolds(after, limit)
  return holds.map(({ id, manufacturerId, deviceId, register, code }) => ({
    id,
    manufacturerId,
    deviceId,
    register,
    code,
  }))
}

const fall = (id: number, deviceId: string) => ({
  id,
  manufacturerId: acme,
  deviceId,
  register: 'run_s',
  code: 'register_fell',
})

describe('holds that were opened', () => {
  it('are noted once while one of the same device, register and reason is open', async () => {
    await report('drill-1', 1_000, 2_000, 3_000, 500, 600)
    expect((await fixture.metering.listHolds(acme, 'drill-1')).map(({ code }) => code)).toEqual([
      'register_fell',
      'register_fell',
    ])
    expect(await opened()).toEqual([fall(1, 'drill-1')])
    await report('drill-2', 1_000, 2_000, 3_000, 500)
    expect(await opened()).toEqual([fall(1, 'drill-1'), fall(2, 'drill-2')])
  })

  it('are read from a place on, in pages', async () => {
    await report('drill-1', 1_000, 2_000, 3_000, 500)
    await report('drill-2', 1_000, 2_000, 3_000, 500)
    expect(await opened(0, 1)).toEqual([fall(1, 'drill-1')])
    expect(await opened(1, 1)).toEqual([fall(2, 'drill-2')])
    expect(await opened(2, 1)).toEqual([])
  })

  it('stay noted when somebody decides', async () => {
    await report('drill-1', 1_000, 2_000, 3_000, 500)
    await fixture.metering.by(systemActor('test')).decide({
      manufacturerId: acme,
      deviceId: 'drill-1',
      decision: { kind: 'reject', epoch: 1, seq: 4, register: 'run_s' },
      decidedBy: 'Jo',
      reason: 'seen on site',
    })
    expect(await opened()).toEqual([fall(1, 'drill-1')])
  })
})
