/** What people do with the pages, mostly by keyboard, against the stub server. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'

import { findBarriers, takePicture, WIDE } from '../test/setup/browser.ts'
import { describeWithProgram } from '../test/setup/programs.ts'
import { liveBill } from './testing/bill-fixture.ts'
import { openPages, type PagesUnderTest } from './testing/browser.ts'

describeWithProgram(['chromium-headless-shell'], 'a person', () => {
  let web: PagesUnderTest
  beforeAll(async () => {
    web = await openPages()
  })
  beforeEach(() => web.stub.reset())
  afterAll(() => web.close())

  it('signs in with a code by keyboard alone and comes to the page that was asked for', async () => {
    const { page, context } = await web.visit('/bills')
    await page.getByLabel('E-mail').focus()
    await page.keyboard.type('mara@tunnelbau.example')
    await page.keyboard.press('Enter')
    await page.getByText('We sent a code to mara@tunnelbau.example').waitFor()
    await page.keyboard.type('000000')
    await page.keyboard.press('Enter')
    await page.getByText('This code is wrong').waitFor()
    await page.getByLabel('Code from the e-mail').fill('123456')
    await page.keyboard.press('Enter')
    await page.getByText('BW-2026-0042').waitFor()
    expect(new URL(page.url()).pathname).toBe('/app/bills')
    await context.close()
  })

  it('signs in with a password, changes the language and signs out', async () => {
    const { page, context } = await web.visit('/sign-in')
    await page.getByRole('button', { name: 'Use a password instead' }).click()
    await page.getByLabel('E-mail').fill('mara@tunnelbau.example')
    await page.locator('input[type=password]').fill('correct horse battery')
    await page.keyboard.press('Enter')
    await page.getByText('So far in this period').waitFor()
    await page.getByRole('button', { name: 'Account' }).click()
    await page.getByText('Deutsch').click()
    await page.getByText('Bisher in diesem Zeitraum').waitFor()
    expect(await page.locator('html').getAttribute('lang')).toBe('de')
    expect(web.stub.state.received.at(-1)).toMatchObject({
      address: 'PATCH /v1/me',
      body: { language: 'de' },
    })
    expect(await findBarriers(page)).toEqual([])
    await page.getByRole('button', { name: 'Abmelden' }).click()
    await page.getByRole('heading', { name: 'Anmelden' }).waitFor()
    await context.close()
  })

  it('reads on the running bill what is left out of it, and why', async () => {
    const { page, context } = await web.visit('/', { who: 'mara' })
    const checked = page.getByRole('alert').filter({ hasText: 'Not in this sum' })
    await checked.getByText('drill-south, Run time: ').waitFor()
    const free = page.getByRole('alert').filter({ hasText: 'Free of charge' })
    await free.getByText(/^drill-north, Run time: .+ – .+ \(service\)$/).waitFor()
    expect(await findBarriers(page)).toEqual([])
    await takePicture(page, 'left-out')
    await context.close()
  })

  it('begins with the link of an invitation', async () => {
    const { page, context } = await web.visit('/welcome?token=one-time')
    await page.getByLabel('Your name').fill('Jo Berg')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Set-up' }).waitFor()
    expect(web.stub.state.received[0]).toMatchObject({
      address: 'POST /auth/welcome',
      body: { token: 'one-time', name: 'Jo Berg' },
    })
    await context.close()
  })

  it('acts for another customer without seeing anything of the one before', async () => {
    const { page, context } = await web.visit('/now', { who: 'mara' })
    await page.getByText('501.14').first().waitFor()
    web.stub.state.hasContract = false
    await page.getByRole('button', { name: 'Account' }).click()
    await page.getByLabel('Acting as').selectOption('mem_2')
    await page.getByText('No contract yet').waitFor()
    expect(await page.getByText('501.14').count()).toBe(0)
    await context.close()
  })

  it('sees the bill move without doing anything', async () => {
    const { page, context } = await web.visit('/now', { who: 'mara' })
    await page.getByText('Live', { exact: true }).waitFor()
    web.stub.send('bill', { ...liveBill(), total: '501.54', totalMinor: '50154' })
    await page.getByText('€501.54').first().waitFor()
    expect(await page.getByText('€501.14').count()).toBe(0)
    await context.close()
  })

  it('opens a line by keyboard down to the two readings it rests on', async () => {
    const { page, context } = await web.visit('/bills', { who: 'mara' })
    await page.getByRole('link', { name: 'BW-2026-0042' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Run time' }).focus()
    await page.keyboard.press('Enter')
    await page.getByText('Reading 1/7385 before').first().waitFor()
    const text = (await page.locator('main').innerText()).replaceAll('\u00a0', ' ')
    expect(text).toContain('The drills ran 692060 s = 692060/60 min at 0.12 EUR per min.')
    expect(text).toContain('is reading 1/4410')
    expect(text).toContain('4,212,300 s')
    expect(text).toContain('4,652,400 s')
    expect(text).toContain('440,100 s = 122 h 15 min')
    expect(text).toContain('Estimated: the two readings lie far apart.')
    expect(await findBarriers(page)).toEqual([])
    await takePicture(page, 'bill-open-390-light')
    await context.close()
  })

  it('decides about a held reading', async () => {
    const { page, context } = await web.visit('/devices/drill-south', { who: 'jo', size: WIDE })
    await page.getByRole('tab', { name: 'Holds (1)' }).click()
    await page.getByText('Reading 1/7397').first().waitFor()
    expect(await findBarriers(page)).toEqual([])
    await page.getByLabel('Replace it with another value').check()
    await page.getByLabel('Right value').fill('4774000')
    await page.getByLabel('Reason').fill('Display photographed on site')
    await takePicture(page, 'hold-1440-light')
    await page.getByRole('button', { name: 'Decide' }).click()
    await page.getByText('Decided; usage is being computed again.').waitFor()
    await page.getByText('Nothing is held').waitFor()
    expect(web.stub.state.received).toEqual([
      {
        address: 'POST /v1/devices/drill-south/decisions',
        ifMatch: undefined,
        body: {
          kind: 'replace',
          epoch: 1,
          seq: 7397,
          register: 'run_s',
          value: '4774000',
          decidedBy: 'Jo Berg',
          reason: 'Display photographed on site',
        },
      },
    ])
    await context.close()
  })

  it.each(['Readings', 'Credentials', 'Assignments'])('meets no barrier at %s of a device', async (tab) => {
    const { page, context } = await web.visit('/devices/drill-north', { who: 'jo', size: WIDE })
    await page.getByRole('tab', { name: tab }).click()
    await page.getByRole('tabpanel').getByRole('table').first().waitFor()
    expect(await findBarriers(page)).toEqual([])
    await context.close()
  })

  it('sets up a machine and is told what to run, with a mistake corrected at its field', async () => {
    const { page, context } = await web.visit('/set-up', { who: 'jo', size: WIDE })
    await page.getByLabel('Name of the machine').fill('drill one')
    await page.keyboard.press('Enter')
    await page.getByText('Leave out the space.').waitFor()
    await page.getByLabel('Name of the machine').fill('drill-1')
    await page.keyboard.press('Enter')
    await page.getByText('mosquitto_pub').waitFor()
    expect(await page.getByRole('region', { name: 'command' }).innerText()).toContain(
      "-u 'drill-1' -P 'kR7-not-a-real-secret'",
    )
    expect(await findBarriers(page)).toEqual([])
    await takePicture(page, 'set-up-secret-1440-light')
    for (const step of ['seller', 'device', 'customer', 'contract', 'first_reading'] as const) {
      web.stub.state.done.add(step)
    }
    await page.getByText('Everything is set up.').waitFor()
    await context.close()
  })

  it('keeps the filters of the fleet in the address', async () => {
    const { page, context } = await web.visit('/fleet', { who: 'jo', size: WIDE })
    await page.getByRole('link', { name: /^Online/ }).click()
    await page.getByLabel('Device or serial number').fill('drill-2')
    await page.keyboard.press('Enter')
    await page.getByText('drill-22').waitFor()
    expect(new URL(page.url()).search).toBe('?state=online&text=drill-2')
    await page.reload()
    await page.getByText('drill-22').waitFor()
    expect(await page.getByText('drill-south').count()).toBe(0)
    await page.goto(`${web.stub.url}/app/fleet`)
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByText('drill-30').waitFor()
    await context.close()
  })

  it('changes a customer on the version that was shown', async () => {
    const { page, context } = await web.visit('/customers/cus_1', { who: 'jo', size: WIDE })
    await page.getByLabel('Purchase order number').fill('PO-9')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved.').waitFor()
    expect(web.stub.state.received[0]).toMatchObject({
      address: 'PATCH /v1/customers/cus_1',
      ifMatch: '"v7"',
      body: { purchaseOrderNumber: 'PO-9', taxId: 'ATU12345678' },
    })
    await context.close()
  })

  it('is asked once more before invoices are issued', async () => {
    const { page, context } = await web.visit('/billing-run', { who: 'jo', size: WIDE })
    await page.getByRole('button', { name: 'Issue 1 invoice' }).click()
    expect(web.stub.state.received).toEqual([])
    await page.getByRole('button', { name: 'Issue 1 invoice' }).click()
    await page.getByText('1 invoice issued, 0 waiting.').waitFor()
    await context.close()
  })

  it('is told what failed, with the number of the request, and can try again', async () => {
    web.stub.state.failing.add('/v1/invoices')
    const { page, context } = await web.visit('/bills', { who: 'mara' })
    await page.getByText('Request req_stub7').waitFor()
    expect(await findBarriers(page)).toEqual([])
    await takePicture(page, 'error-390-light')
    web.stub.state.failing.clear()
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByText('BW-2026-0042').waitFor()
    await context.close()
  })
})
