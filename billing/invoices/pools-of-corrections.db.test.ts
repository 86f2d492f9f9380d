/** A device keeps the pool that its period was billed with: sites and tags have no history, and moving a drill moves no money of old periods. */
import { expect, it } from 'vitest'
import { getDeviceId, getInstant, systemActor, type DeviceId, type ModelId } from '../../core/index.ts'
import { openBillingFixture, type BillingFixture } from '../testing/billing-fixture.ts'

const washer = 'washer' as ModelId

async function addWasher({ acme, metering }: BillingFixture, id: string, site: string): Promise<DeviceId> {
  const by = metering.by(systemActor('test'))
  const rule = { maxPerHour: 3_600n, maxGapMs: 6 * 3_600_000, gapRule: 'spread' as const }
  const registers = [{ name: 'run_s', unit: 's', ...rule }]
  await by.registerModel({ id: washer, name: 'Washer', manufacturerId: acme, registers })
  const deviceId = getDeviceId(id)
  await by.registerDevice({
    id: deviceId,
    manufacturerId: acme,
    modelId: washer,
    commissionedAt: getInstant('2026-08-01T00:00:00Z'),
    baseValues: { run_s: 0n },
    site,
  })
  return deviceId
}

it('late usage of a device that was at another site then is added to the pool of that site', async () => {
  const fixture = await openBillingFixture()
  try {
    const { tariffId } = await fixture.billing.publishTariff(fixture.acme, {
      name: 'By site',
      effectiveAt: getInstant('2026-08-01T00:00:00Z'),
      document: {
        currency: 'EUR',
        items: [
          {
            type: 'per_unit',
            id: 'run',
            description: 'Run time',
            scope: 'site',
            register: 'run_s',
            per: 60,
            unit: 'min',
            price: '0.30',
            included: '100',
          },
        ],
      },
    })
    const contract = await fixture.addContract({ tariffId })
    const one = await addWasher(fixture, 'washer-1', 'north')
    const two = await addWasher(fixture, 'washer-2', 'north')
    for (const device of [one, two]) {
      await fixture.assign(contract, device)
      await fixture.report(device, '2026-09-30T22:00:00Z', 0)
      await fixture.report(device, '2026-10-20T00:00:00Z', 4_800)
    }
    const runAt = async (now: string) => {
      fixture.setNow(now)
      const { issued, waiting } = await fixture.billing.runBilling({})
      expect(waiting).toEqual([])
      const invoice = await fixture.billing.findInvoice(fixture.acme, issued[0] ?? '')
      return invoice?.lines.map(({ quantity, amountMinor, correctsId, explanation: { member } }) => {
        const pool = 'id' in member ? member.id : ''
        return `${pool} ${quantity} ${amountMinor}${correctsId === undefined ? '' : ' corrects'}`
      })
    }
    // 80 min each, 160 less 100 included.
    expect(await runAt('2026-11-05T00:00:00Z')).toEqual(['north 160 1800'])
    await fixture.metering.by(systemActor('test')).updateDevice(fixture.acme, two, { site: 'south' })
    await fixture.report(two, '2026-10-31T23:00:00Z', 5_400)
    // 10 min more of October; nothing in November.
    expect(await runAt('2026-12-05T00:00:00Z')).toEqual(['north 0 0', 'south 0 0', 'north 10 300 corrects'])
  } finally {
    await fixture.close()
  }
})
