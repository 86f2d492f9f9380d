import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { installationAccess } from '../index.ts'
import {
  acme,
  acmeAccess,
  browser,
  openPeopleFixture,
  otherAccess,
  tokenOf,
  type PeopleFixture,
} from '../testing/people-fixture.ts'

let fixture: PeopleFixture
beforeEach(async () => {
  fixture = await openPeopleFixture()
})
afterEach(async () => {
  await fixture.close()
})

const seller = {
  legalName: 'Acme Rentals GmbH',
  taxId: 'DE123456789',
  addressLines: ['Werkstr. 1'],
  postalCode: '10115',
  city: 'Berlin',
  country: 'DE',
  email: 'billing@acme.example',
  phone: '',
}

const installation = installationAccess('test')

describe('the settings of a manufacturer', () => {
  it('have defaults, change member by member, and every change is on record', async () => {
    const { people } = fixture
    expect(await people.getSettings(acme)).toEqual({
      id: acme,
      name: 'Acme',
      invoicePrefix: 'ACME',
      currency: 'EUR',
      timeZone: 'UTC',
      languages: ['en'],
      seller: undefined,
      mailSender: undefined,
      hasDigest: true,
      reminderDays: [7, 14, 28],
      paymentTermDays: 14,
      stripe: { isConnected: false, mode: undefined },
      createdAt: 1,
    })
    await people.updateSettings(acmeAccess, { seller, timeZone: 'Europe/Berlin', languages: ['de', 'en'] })
    expect(await people.getSettings(acme)).toMatchObject({
      name: 'Acme',
      seller,
      timeZone: 'Europe/Berlin',
      languages: ['de', 'en'],
    })
    const [entry] = await fixture.ledger.selectFrom('audit_entries').selectAll().execute()
    expect(entry).toMatchObject({ action: 'settings.changed', manufacturer_id: acme, actor_id: 'test' })
    expect(JSON.parse(entry?.before ?? '')).toEqual({ seller: null, timeZone: 'UTC', languages: ['en'] })
  })

  it.each([
    ['a currency that there is not', { currency: 'XXX' }, 'currency_unsupported'],
    ['a time zone that there is not', { timeZone: 'Mars/Olympus' }, 'time_zone_unknown'],
    ['no language', { languages: [] }, 'people_input_invalid'],
    ['a language twice', { languages: ['de', 'de'] }, 'people_input_invalid'],
    ['a prefix in small letters', { invoicePrefix: 'acme' }, 'people_input_invalid'],
    ['a seller without a name', { seller: { ...seller, legalName: '' } }, 'people_input_invalid'],
    [
      'a seller in a country of three letters',
      { seller: { ...seller, country: 'DEU' } },
      'people_input_invalid',
    ],
    [
      'a sender whose name has two lines',
      { mailSender: { name: 'Acme\nBcc: x', address: 'a@acme.example' } },
      'people_input_invalid',
    ],
    [
      'a sender whose address is none',
      { mailSender: { name: 'Acme', address: 'acme' } },
      'people_input_invalid',
    ],
  ] as const)('refuse %s', async (_what, change, code) => {
    await expect(
      fixture.people.updateSettings(
        acmeAccess,
        change as Parameters<typeof fixture.people.updateSettings>[1],
      ),
    ).rejects.toMatchObject({ code })
    expect(await fixture.audited()).toEqual([])
  })

  it('say whether the people get a mail each morning, which they do until somebody switches it off', async () => {
    const { people } = fixture
    expect(await people.updateSettings(acmeAccess, { hasDigest: false })).toMatchObject({ hasDigest: false })
    expect((await people.getSettings(acme)).hasDigest).toBe(false)
    await people.updateSettings(acmeAccess, { hasDigest: true })
    expect((await people.getSettings(acme)).hasDigest).toBe(true)
  })

  it('say when open invoices are reminded of, in ascending days and at most five', async () => {
    const { people } = fixture
    await people.updateSettings(acmeAccess, { reminderDays: [3, 10] })
    expect((await people.getSettings(acme)).reminderDays).toEqual([3, 10])
    await people.updateSettings(acmeAccess, { reminderDays: [] })
    expect((await people.getSettings(acme)).reminderDays).toEqual([])
    for (const reminderDays of [[0], [7, 7], [14, 7], [1.5], [366], [1, 2, 3, 4, 5, 6]]) {
      await expect(people.updateSettings(acmeAccess, { reminderDays })).rejects.toMatchObject({
        code: 'people_input_invalid',
        issues: [{ pointer: '/reminderDays' }],
      })
    }
  })

  it('say by when invoices are to be paid, and what their documents name of the seller', async () => {
    const { people } = fixture
    const bank = { accountName: '', bankName: 'Musterbank', accountNumber: 'DE02120300000000202051', bic: '' }
    const whole = { ...seller, taxNumber: '30/123', registrationNumber: 'HRB 1, AG Berlin', bank }
    await people.updateSettings(acmeAccess, { seller: whole, paymentTermDays: 30 })
    expect(await people.getSettings(acme)).toMatchObject({ seller: whole, paymentTermDays: 30 })
    for (const change of [
      { paymentTermDays: -1 },
      { paymentTermDays: 366 },
      { paymentTermDays: 1.5 },
      { seller: { ...seller, bank: { ...bank, accountNumber: ' ' } } },
    ]) {
      await expect(people.updateSettings(acmeAccess, change)).rejects.toMatchObject({
        code: 'people_input_invalid',
      })
    }
  })

  it("are each manufacturer's own (I12)", async () => {
    await fixture.people.updateSettings(otherAccess, { name: 'Changed' })
    expect((await fixture.people.getSettings(acme)).name).toBe('Acme')
  })

  it('need the secret key before Stripe is connected', async () => {
    await expect(
      fixture.people.connectStripe(acmeAccess, { apiKey: 'sk_test_1234', webhookSecret: 'whsec_1234' }),
    ).rejects.toMatchObject({ code: 'sign_in_not_configured' })
  })
})

describe('a new manufacturer', () => {
  it('is made with its first administrator, who gets a link in the first of its languages', async () => {
    const { people, mails } = fixture
    const made = await people.createManufacturer(installation, {
      name: 'Nordbohr',
      invoicePrefix: 'NORD',
      currency: 'EUR',
      timeZone: 'Europe/Berlin',
      languages: ['de', 'en'],
      admin: { email: 'Ada@Nordbohr.example', name: 'Ada' },
    })
    expect(mails).toMatchObject([{ to: 'ada@nordbohr.example', language: 'de', manufacturerId: made.id }])
    const [cookie = ''] = await people.signIn.withLink(
      { token: tokenOf(mails[0]?.data['link'] ?? '') },
      browser,
    )
    expect(await fixture.accessOf(cookie.split(';')[0] ?? '')).toMatchObject({
      manufacturerId: made.id,
      session: { role: 'manufacturer_admin' },
    })
    const { items } = await people.listManufacturers({ limit: 10 })
    expect(items.map(({ name }) => name).sort()).toEqual(['Acme', 'Nordbohr', 'Other'])
  })

  it('is made without anybody where no administrator is named', async () => {
    const { people, mails } = fixture
    const settings = { currency: 'EUR', timeZone: 'UTC', languages: ['en' as const] }
    const made = await people.createManufacturer(installation, {
      name: 'Demo',
      invoicePrefix: 'DEMO',
      ...settings,
    })
    expect(made).toMatchObject({ name: 'Demo', invoicePrefix: 'DEMO', hasDigest: true })
    expect([mails, await fixture.audited()]).toEqual([[], ['manufacturer.created']])
  })

  it('is not made when its administrator cannot be invited', async () => {
    await expect(
      fixture.people.createManufacturer(installation, {
        name: 'Nordbohr',
        invoicePrefix: 'NORD',
        currency: 'EUR',
        timeZone: 'UTC',
        languages: ['en'],
        admin: { email: 'ada', name: 'Ada' },
      }),
    ).rejects.toMatchObject({ code: 'people_input_invalid' })
    expect((await fixture.people.listManufacturers({ limit: 10 })).items).toHaveLength(2)
  })
})

describe('setting up', () => {
  it('is told from the rows that are there', async () => {
    const { people, ledger } = fixture
    expect(await people.findLedgerSetup(acme)).toEqual({
      seller: false,
      taxRate: false,
      tariff: false,
      customer: true,
      contract: false,
    })
    await ledger
      .insertInto('tariffs')
      .values({ id: 'tar_1', manufacturer_id: acme, name: 'Drill', created_at: 1 })
      .execute()
    await people.updateSettings(acmeAccess, { seller })
    expect(await people.findLedgerSetup(acme)).toMatchObject({ seller: true, tariff: true })
  })
})
