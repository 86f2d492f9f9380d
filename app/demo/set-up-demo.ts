/** Creates the demo's world: one manufacturer, a drill model, a tariff, three customers in three time zones, twelve drills. */
import {
  DAY_MS,
  getDeviceId,
  periodAtIndex,
  systemActor,
  type BillingCalendar,
  type CurrencyCode,
  type ModelId,
  type RandomBytes,
} from '../../core/index.ts'
import { profiles } from '../../devices-sim/index.ts'
import { installationAccess, systemAccess } from '../../people/index.ts'
import type { UsanceCore } from '../create-usance.ts'
import type { DemoCustomer, DemoDevice, DemoState } from './demo-state.ts'

const MONTH = { unit: 'month', count: 1 } as const
const DRILLS_PER_CUSTOMER = 4
const DEMO_SEED = 7

const customerPlans = [
  {
    name: 'Hochbau Spree',
    email: 'billing@hochbau.example',
    timeZone: 'Europe/Berlin',
    place: 'berlin',
    address: { lines: ['Stralauer Allee 4'], postalCode: '10245', city: 'Berlin', country: 'DE' },
  },
  {
    name: 'Hudson Drywall',
    email: 'accounts@hudson.example',
    timeZone: 'America/New_York',
    place: 'newyork',
    address: { lines: ['200 Hudson Street'], postalCode: '10013', city: 'New York', country: 'US' },
  },
  {
    name: 'Himal Builders',
    email: 'office@himal.example',
    timeZone: 'Asia/Kathmandu',
    place: 'kathmandu',
    address: { lines: ['Durbar Marg 7'], postalCode: '44600', city: 'Kathmandu', country: 'NP' },
  },
] as const

const seller = {
  legalName: 'Nordbohr Demo GmbH',
  taxId: 'DE123456788',
  addressLines: ['Werkstraße 1'],
  postalCode: '20095',
  city: 'Hamburg',
  country: 'DE',
  email: 'bills@nordbohr.example',
  phone: '+49 40 1234567',
}
/** Customers abroad without a tax id are taxed where the seller is. */
const taxRate = {
  place: 'DE',
  category: 'standard',
  percent: '19',
  kind: 'standard',
  from: '2021-01-01',
} as const

const tariffDocument = {
  currency: 'EUR' as CurrencyCode,
  rounding: 'half_even',
  items: [
    { type: 'flat', id: 'base-fee', description: 'Base fee per month', price: '4.90' },
    {
      type: 'per_unit',
      id: 'run-time',
      description: 'Run time',
      register: 'run_s',
      price: '0.12',
      per: 60,
      unit: 'min',
    },
  ],
} as const

/** The calendar whose period 0 is the calendar month before the one that holds `now` in the zone. */
function lastMonthCalendar(now: number, timeZone: string): BillingCalendar {
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timeZone).toPlainDate()
  const anchorOn = today.with({ day: 1 }).subtract({ months: 1 }).toString()
  return { anchorOn, cadence: MONTH, timeZone }
}

export async function setUpDemo(
  { billing, metering, people }: Pick<UsanceCore, 'billing' | 'metering' | 'people'>,
  now: number,
  randomBytes: RandomBytes,
): Promise<DemoState> {
  const changes = billing.by(systemActor('demo'))
  const manufacturer = await people.createManufacturer(installationAccess('demo'), {
    name: 'Nordbohr Demo',
    invoicePrefix: 'NORD',
    currency: 'EUR',
    timeZone: 'Europe/Berlin',
    languages: ['en', 'de'],
  })
  const access = systemAccess('demo', manufacturer.id)
  await people.updateSettings(access, { seller })
  await changes.addTaxRate(manufacturer.id, taxRate)
  const { key: apiKey } = await people.createApiKey(access, { label: 'demo', scopes: [...access.rights] })
  const { drill } = profiles
  const modelId = drill.modelId as ModelId
  await metering.by(systemActor('demo')).registerModel({
    id: modelId,
    manufacturerId: manufacturer.id,
    name: drill.modelName,
    registers: drill.registers,
  })

  const months = customerPlans.map(({ timeZone }) => periodAtIndex(lastMonthCalendar(now, timeZone), 0))
  const startAt = Math.min(...months.map(({ from }) => from)) - DAY_MS
  const tariff = await changes.publishTariff(manufacturer.id, {
    name: 'Drill by the minute',
    effectiveAt: startAt,
    document: tariffDocument,
  })

  const customers: DemoCustomer[] = []
  const devices: DemoDevice[] = []
  for (const { name, email, timeZone, place, address } of customerPlans) {
    const calendar = lastMonthCalendar(now, timeZone)
    const { from: startsAt } = periodAtIndex(calendar, 0)
    const customer = await changes.createCustomer(manufacturer.id, { name, email, address })
    const contract = await changes.createContract(manufacturer.id, {
      customerId: customer.id,
      tariffId: tariff.tariffId,
      timeZone,
      anchorOn: calendar.anchorOn,
      cadence: MONTH,
      startsAt,
    })
    const deviceIds = Array.from({ length: DRILLS_PER_CUSTOMER }, (_, index) => `drill-${place}-${index + 1}`)
    for (const [index, deviceId] of deviceIds.map(getDeviceId).entries()) {
      const { secret } = await metering.by(systemActor('demo')).registerDevice({
        id: deviceId,
        manufacturerId: manufacturer.id,
        modelId,
        commissionedAt: startAt,
      })
      await changes.assignDevice(manufacturer.id, { contractId: contract.id, deviceId, from: startsAt })
      // One drill of each customer works round the clock, so that a bill moves whenever somebody looks.
      const profileName = index === 0 ? 'tunnel_drill' : 'drill'
      devices.push({ deviceId, secret, timeZone, profileName })
    }
    const { anchorOn } = calendar
    customers.push({ customerId: customer.id, contractId: contract.id, name, timeZone, anchorOn, deviceIds })
  }
  return {
    manufacturerId: manufacturer.id,
    apiKey,
    secretKey: Buffer.from(randomBytes(32)).toString('base64'),
    webhookSecret: `whsec_${Buffer.from(randomBytes(24)).toString('hex')}`,
    seed: DEMO_SEED,
    startAt,
    customers,
    devices,
  }
}
