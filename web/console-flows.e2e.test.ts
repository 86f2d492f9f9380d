/** What people of a manufacturer and of the installation do in the console, against the stub server. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'

import { findBarriers, takePicture, WIDE } from '../test/setup/browser.ts'
import { describeWithProgram } from '../test/setup/programs.ts'
import { openPages, type PagesUnderTest } from './testing/browser.ts'

describeWithProgram(['chromium-headless-shell'], 'in the console a person', () => {
  let web: PagesUnderTest
  beforeAll(async () => {
    web = await openPages()
  })
  beforeEach(() => web.stub.reset())
  afterAll(() => web.close())

  const received = () => web.stub.state.received

  it('changes a device that reports meanwhile, without noticing', async () => {
    const { page, context } = await web.visit('/devices/drill-south?tab=details', { who: 'jo', size: WIDE })
    await page.getByLabel('Tags').fill('rental, spare')
    web.stub.state.newer = 1
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved.').waitFor()
    expect(received().map(({ ifMatch }) => ifMatch)).toEqual(['"d0"', '"d1"'])
    expect(received()[1]).toMatchObject({
      address: 'PATCH /v1/devices/drill-south',
      body: { site: 'Graz', tags: ['rental', 'spare'], firmware: '1.4.2' },
    })
    await context.close()
  })

  it('is shown what somebody else saved first, and decides', async () => {
    const { page, context } = await web.visit('/devices/drill-south?tab=details', { who: 'jo' })
    await page.getByLabel('Site').fill('Linz, hall 2')
    web.stub.state.newer = 1
    web.stub.state.device = { site: 'Wels' }
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Somebody else saved first').waitFor()
    expect(await page.getByRole('alert').getByRole('row').last().innerText()).toBe('Site\tWels\tLinz, hall 2')
    expect(await findBarriers(page)).toEqual([])
    await takePicture(page, 'changed-meanwhile-390-light')
    await page.getByRole('button', { name: 'Save mine over it' }).click()
    await page.getByText('Saved.').waitFor()
    expect(received().at(-1)).toMatchObject({ ifMatch: '"d1"', body: { site: 'Linz, hall 2' } })
    await context.close()
  })

  it('adds a certificate to the list of a device and takes one off', async () => {
    const { page, context } = await web.visit('/devices/drill-south?tab=access', { who: 'jo', size: WIDE })
    await page.getByRole('button', { name: 'Add a certificate' }).click()
    await page.getByLabel('Certificate (PEM) or its fingerprint').fill(`${'ab'.repeat(32)}\n`)
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByLabel('Certificate (PEM) or its fingerprint').waitFor({ state: 'detached' })
    expect(received()[0]).toMatchObject({
      address: 'PUT /v1/devices/drill-south/certificates',
      body: { fingerprints: ['79ccb28a'.repeat(8), 'ab'.repeat(32)] },
    })
    const row = page.getByRole('row', { name: /79:cc:b2/ })
    await row.getByRole('button', { name: 'Revoke' }).click()
    await page.getByText('Take the last one off?').waitFor()
    await row.getByRole('button', { name: 'Revoke' }).click()
    await expect.poll(() => received().at(-1)?.body).toEqual({ fingerprints: [] })
    await context.close()
  })

  it('records a payment of an open invoice and takes one back', async () => {
    const { page, context } = await web.visit('/bills/inv_open', { who: 'jo', size: WIDE })
    await page.getByText('Paid: €1,000.00, Open: €389.02, due on 15 Nov 2026').waitFor()
    await page.getByLabel('Amount (EUR)').fill('389,02')
    await page.getByRole('textbox', { name: 'Received' }).fill('2026-11-20')
    await page.getByLabel('How').selectOption('Cash')
    expect(await findBarriers(page)).toEqual([])
    await takePicture(page, 'invoice-payments-wide-light')
    await page.getByRole('button', { name: 'Record a payment' }).click()
    await expect
      .poll(() => received().at(-1))
      .toMatchObject({
        address: 'POST /v1/invoices/inv_open/payments',
        body: { amountMinor: '38902', receivedOn: '2026-11-20', method: 'cash' },
      })
    await page.getByRole('button', { name: 'Take back' }).click()
    await page.getByRole('dialog').getByLabel('Reason').fill('It bounced.')
    expect(await findBarriers(page)).toEqual([])
    await page.getByRole('dialog').getByRole('button', { name: 'Take back' }).click()
    await expect
      .poll(() => received().at(-1))
      .toMatchObject({
        address: 'POST /v1/invoices/inv_open/payments/pay_1/reverse',
        body: { reason: 'It bounced.' },
      })
    await context.close()
  })

  it('says on which days open invoices are reminded of', async () => {
    const { page, context } = await web.visit('/settings', { who: 'jo' })
    await page.getByLabel('Days after the due day').fill('5, 10')
    await takePicture(page, 'reminder-days-390-light')
    await page.getByRole('form', { name: 'Payment reminders' }).getByRole('button', { name: 'Save' }).click()
    await expect.poll(() => received().at(-1)?.body).toEqual({ reminderDays: [5, 10] })
    await context.close()
  })

  it('makes claim codes, which are shown this once', async () => {
    const { page, context } = await web.visit('/claims', { who: 'jo' })
    await page.getByRole('button', { name: 'New claim codes' }).click()
    await page.getByLabel('machines that I name').check()
    await page.getByRole('textbox', { name: 'Machines' }).fill('drill-8, SN-8\ndrill-9')
    expect(await findBarriers(page)).toEqual([])
    await page.getByRole('button', { name: 'Make the codes' }).click()
    await page.getByText('These 2 codes are shown only now.').waitFor()
    expect(await page.getByRole('region', { name: 'claim codes' }).innerText()).toBe(
      'drill-8  SN-8  clm_notarealcode1\ndrill-9  clm_notarealcode2',
    )
    expect(received()[0]).toMatchObject({
      body: { modelId: 'bw-700', claims: [{ deviceId: 'drill-8', serial: 'SN-8' }, { deviceId: 'drill-9' }] },
    })
    await takePicture(page, 'claims-made-390-light')
    await page.getByRole('row', { name: 'any new machine' }).getByRole('button', { name: 'End' }).click()
    await page.getByText('End this code?').waitFor()
    await page.getByRole('row', { name: 'any new machine' }).getByRole('button', { name: 'End' }).click()
    await expect.poll(() => received().at(-1)?.address).toBe('POST /v1/claims/12/revoke')
    await context.close()
  })

  it('closes an alarm', async () => {
    const { page, context } = await web.visit('/alarms', { who: 'jo', size: WIDE })
    await page.getByRole('button', { name: 'Close: drill-south, sequence_reset' }).click()
    await expect.poll(() => received()[0]?.address).toBe('POST /v1/alarms/7/acknowledge')
    await page.getByRole('switch', { name: 'Show closed ones too' }).click()
    await page.getByText('closed by Jo Berg').waitFor()
    expect(new URL(page.url()).search).toBe('?state=all')
    await context.close()
  })

  it('publishes the next version of a tariff, a mistake corrected at its field', async () => {
    const { page, context } = await web.visit('/tariffs/tar_1', { who: 'jo', size: WIDE })
    await page.getByRole('button', { name: 'Publish a new version' }).click()
    const begins = page.getByRole('form').getByLabel('In force from')
    await begins.fill('2099-06-01T00:00')
    const runTime = page.getByRole('group', { name: 'Price 2' })
    await runTime.getByLabel('Price (EUR)').fill('0')
    await page.getByRole('button', { name: 'Publish', exact: true }).click()
    await page.getByText('Write a price above zero.').waitFor()
    await runTime.getByLabel('Price (EUR)').fill('0.13')
    await page.getByRole('button', { name: 'Add a price' }).click()
    const added = page.getByRole('group', { name: 'Price 3' })
    await added.getByLabel('On the bill as').fill('Cleaning')
    await added.getByLabel('Price (EUR)').fill('25')
    expect(await findBarriers(page)).toEqual([])
    await takePicture(page, 'tariff-form-1440-light')
    await page.getByRole('button', { name: 'Publish', exact: true }).click()
    await begins.waitFor({ state: 'detached' })
    // The browser stands in Vienna, which is two hours ahead in June.
    expect(received().at(-1)).toMatchObject({
      address: 'POST /v1/tariffs/tar_1/versions',
      body: {
        effectiveAt: '2099-05-31T22:00:00.000Z',
        document: {
          currency: 'EUR',
          rounding: 'half_even',
          items: [
            { type: 'flat', id: 'base-fee', price: '4.90' },
            { type: 'per_unit', id: 'run-time', register: 'run_s', per: 60, price: '0.13' },
            { type: 'flat', id: 'cleaning', description: 'Cleaning', price: '25' },
          ],
        },
      },
    })
    await context.close()
  })

  it('changes a role, sends an invitation again and ends a membership', async () => {
    const { page, context } = await web.visit('/people', { who: 'jo' })
    await page.getByRole('button', { name: 'Change Ida Lang' }).click()
    const dialog = page.getByRole('dialog', { name: 'Ida Lang' })
    await dialog.getByRole('combobox', { name: 'Role' }).selectOption('auditor')
    expect(await findBarriers(page)).toEqual([])
    await takePicture(page, 'person-390-light')
    await dialog.getByRole('button', { name: 'Change the role' }).click()
    await dialog.getByText('Saved.').waitFor()
    await dialog.getByRole('button', { name: 'Send a new link' }).click()
    await dialog.getByText('A new link is on its way.').waitFor()
    await dialog.getByLabel('Reason').fill('Left the company.')
    await dialog.getByRole('button', { name: 'End it now' }).click()
    await dialog.waitFor({ state: 'detached' })
    expect(received().map(({ address, body }) => [address, body])).toEqual([
      ['PATCH /v1/people/mem_4', { role: 'auditor' }],
      ['POST /v1/people', { email: 'ida@bohrwerk.example', name: 'Ida Lang', role: 'finance' }],
      ['POST /v1/people/mem_4/remove', { reason: 'Left the company.' }],
    ])
    await context.close()
  })

  it('invites somebody of a customer', async () => {
    const { page, context } = await web.visit('/customers/cus_1', { who: 'jo', size: WIDE })
    await page.getByRole('button', { name: 'Invite somebody' }).click()
    const form = page.getByRole('form', { name: 'Invite somebody' })
    await form.getByLabel('Name').fill('Kim Lund')
    await form.getByLabel('E-mail').fill('kim@tunnelbau.example')
    await form.getByRole('button', { name: 'Invite somebody' }).click()
    await form.waitFor({ state: 'detached' })
    expect(received()[0]?.body).toEqual({
      name: 'Kim Lund',
      email: 'kim@tunnelbau.example',
      role: 'customer_member',
      customerId: 'cus_1',
    })
    await context.close()
  })

  it('sees how a mail looks, in a frame that runs nothing', async () => {
    const { page, context } = await web.visit('/mails', { who: 'jo', size: WIDE })
    await page.getByRole('link', { name: 'Rechnung BW-2026-0042' }).click()
    await page.getByRole('tab', { name: 'As it looks' }).click()
    await page.frameLocator('iframe').getByRole('heading', { name: 'Ihre Rechnung' }).waitFor()
    expect(await page.title()).toBe('Rechnung BW-2026-0042 · Usance')
    await takePicture(page, 'mail-html-1440-light')
    await context.close()
  })

  it('keeps the filters of the audit trail in the address and reads what differs', async () => {
    const { page, context } = await web.visit('/audit?text=Tunnel', { who: 'jo', size: WIDE })
    await page.getByText('Nothing found').waitFor()
    await page.getByRole('button', { name: 'Clear the filters' }).click()
    await page.getByRole('button', { name: 'Jo Berg: show only what they did' }).click()
    await page.getByLabel('Search').fill('taxId')
    await page.keyboard.press('Enter')
    await page.getByText('3 changes').click()
    expect(new URL(page.url()).search).toBe('?actorId=per_2&text=taxId')
    const rows = await page.getByRole('table').last().getByRole('row').allInnerTexts()
    expect(rows).toEqual([
      'What\tBefore\tAfter',
      'taxId\tnull\tATU12345678',
      'address.city\tWels\tLinz',
      'billingEmails\tempty\trechnung@tunnelbau.example',
    ])
    expect(await findBarriers(page)).toEqual([])
    await takePicture(page, 'audit-change-1440-light')
    await context.close()
  })

  it('of the installation makes a manufacturer and reads the settings of one', async () => {
    const { page, context } = await web.visit('/', { who: 'ada', size: WIDE })
    await page.getByRole('heading', { name: 'Manufacturers' }).waitFor()
    await page.getByRole('button', { name: 'New manufacturer' }).click()
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Nordbohr')
    await page.getByLabel('Invoice numbers begin with').fill('nb')
    await page.getByLabel('Name of the administrator').fill('Kim Lund')
    await page.getByLabel('E-mail of the administrator').fill('kim@nordbohr.example')
    expect(await findBarriers(page)).toEqual([])
    await takePicture(page, 'manufacturer-form-1440-light')
    await page.getByRole('button', { name: 'Create' }).click()
    await page.getByText('Nordbohr is made. The invitation goes to kim@nordbohr.example.').waitFor()
    expect(received()[0]?.body).toEqual({
      name: 'Nordbohr',
      invoicePrefix: 'NB',
      currency: 'EUR',
      timeZone: 'Europe/Vienna',
      languages: ['en', 'de'],
      admin: { name: 'Kim Lund', email: 'kim@nordbohr.example' },
    })
    await page.getByRole('button', { name: 'Settings of Bohrwerk GmbH' }).click()
    const dialog = page.getByRole('dialog', { name: 'Settings of Bohrwerk GmbH' })
    await dialog.getByText('Bohrwerk <bills@bohrwerk.example>').waitFor()
    expect(await findBarriers(page)).toEqual([])
    await context.close()
  })

  it('turns the pages of the fleet back as well as forth, also after loading it again', async () => {
    const { page, context } = await web.visit('/fleet', { who: 'jo', size: WIDE })
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByText('drill-30').waitFor()
    await page.reload()
    await page.getByText('drill-30').waitFor()
    await page.getByText('Page 2').waitFor()
    await page.getByRole('button', { name: 'Previous' }).click()
    await page.getByText('drill-south').waitFor()
    expect(new URL(page.url()).search).toBe('')
    await context.close()
  })
})
