/**
 * Customers in a real browser, the real server and the sandbox of Stripe: one pays a bill that could not be charged on Stripe's page, saves a card
 * for which the bank asks back, and the next bill is charged to it by itself, disputed at the bank and credited; another pays a part and confirms
 * the charge of the rest with the bank. The office follows it, and at last connects the live mode of Stripe, after which nothing else is asked of
 * the world.
 */
import type { Browser, Page } from 'playwright-core'
import { Stripe } from 'stripe'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { findBarriers, openBrowser, overflowsSideways, PHONE, takePicture, WIDE } from '../setup/browser.ts'
import { describeWithProgram } from '../setup/programs.ts'
import { openContext } from './page-visits.ts'
import { openPagesWorld, type PagesWorld } from './pages-world.ts'

const TIMEOUT_MS = 240_000

describeWithProgram(['chromium-headless-shell'], 'paying', () => {
  let browser: Browser
  let world: PagesWorld
  beforeAll(async () => {
    ;[browser, world] = await Promise.all([openBrowser(), openPagesWorld()])
  })
  afterAll(async () => {
    await browser.close()
    await world.close()
  })

  /** What is wrong with how the page looks. */
  async function look(page: Page, name: string): Promise<readonly string[]> {
    await takePicture(page, `paying-${name}`)
    const barriers = await findBarriers(page)
    return (await overflowsSideways(page)) ? [...barriers, 'scrolls sideways'] : barriers
  }

  it(
    'on Stripe’s page, then by a saved card without anybody doing anything',
    async () => {
      const { cookies, client } = await world.signIn('customer_owner', 'Mara Steiner')
      const bills = (await client.GET('/v1/invoices')).data?.items ?? []
      const [first, second] = bills
      expect(bills.map(({ status }) => status)).toEqual(['issued', 'issued'])
      const context = await openContext(browser, cookies)
      const page = await context.newPage()
      page.setDefaultTimeout(60_000)
      await page.setViewportSize(PHONE)

      await page.goto(`${world.url}/app/bills/${first?.id}`)
      await page.getByText('Nothing is saved that this bill could be charged to.').waitFor()
      expect(await look(page, 'failed-390')).toEqual([])
      const [stripe] = await Promise.all([
        context.waitForEvent('page'),
        page.getByRole('link', { name: 'Pay now' }).click(),
      ])
      await stripe.getByLabel('Card number').fill('4242 4242 4242 4242')
      await stripe.getByRole('button', { name: /^Pay EUR/ }).click()
      await stripe.getByText('This invoice is paid').waitFor()
      await stripe.close()
      await page.getByText('paid', { exact: true }).waitFor()
      expect(await look(page, 'paid-390')).toEqual([])

      await page.goto(`${world.url}/app/payment`)
      await page.getByRole('button', { name: 'Save a payment method' }).click()
      await page.getByLabel('Card number').fill('4000 0025 0000 3155')
      await page.getByRole('button', { name: 'Save card' }).click()
      await page.getByRole('button', { name: 'Yes, it is me' }).click()
      await page.getByText('Saved. From now on this is charged.').waitFor()
      await page.getByText('Visa •••• 3155').waitFor()
      expect(await look(page, 'saved-390')).toEqual([])

      const office = await world.signIn('manufacturer_admin', 'Jo Berg')
      const { data: next } = await office.client.POST('/v1/invoices/{id}/reissue', {
        params: { path: { id: second?.id ?? '' } },
        body: { reason: 'The purchase order number was missing' },
      })
      const path = { id: next?.id ?? '' }
      const told = async () => (await client.GET('/v1/invoices/{id}/collection', { params: { path } })).data
      await expect
        .poll(told, { timeout: 60_000 })
        .toMatchObject({ status: 'paid', remainingMinor: '0', problem: null, nextAction: 'none' })
      await page.goto(`${world.url}/app/bills/${path.id}`)
      await page.getByText('paid', { exact: true }).waitFor()
      expect(await look(page, 'charged-390')).toEqual([])
      await context.close()
    },
    TIMEOUT_MS,
  )

  it(
    'by confirming with the bank what a card is charged',
    async () => {
      const { cookies, client } = await world.signIn('customer_owner', 'Kai Gruber', world.quarryId)
      const [bill] = (await client.GET('/v1/invoices')).data?.items ?? []
      const context = await openContext(browser, cookies)
      const page = await context.newPage()
      await page.goto(`${world.url}/app/payment`)
      await page.getByRole('button', { name: 'Save a payment method' }).click()
      await page.getByLabel('Card number').fill('4000 0027 6000 3184')
      await page.getByRole('button', { name: 'Save card' }).click()
      await page.getByText('Visa •••• 3184').waitFor()

      const office = await world.signIn('manufacturer_admin', 'Jo Berg')
      const { data: next } = await office.client.POST('/v1/invoices/{id}/reissue', {
        params: { path: { id: bill?.id ?? '' } },
        body: { reason: 'The purchase order number was missing' },
      })
      const path = { id: next?.id ?? '' }
      const told = async () => (await client.GET('/v1/invoices/{id}/collection', { params: { path } })).data
      await expect
        .poll(told, { timeout: 60_000 })
        .toMatchObject({ problem: { kind: 'requires_action' }, nextAction: 'confirm_payment' })
      // A part came by a transfer that Stripe took.
      const { sandbox } = world
      sandbox.payPartly(
        sandbox.inspect().invoices.find(({ number }) => number === next?.number)?.id ?? '',
        100,
      )
      await expect.poll(told, { timeout: 60_000 }).toMatchObject({ status: 'open', collectedMinor: '100' })
      await page.goto(`${world.url}/app/bills/${path.id}`)
      await page.getByText('Your bank wants you to confirm this payment.').waitFor()
      await page.getByText(/^€1\.00 is paid, €\d+\.\d\d is still open\.$/).waitFor()
      expect(await look(page, 'to-confirm-390')).toEqual([])
      const [stripe] = await Promise.all([
        context.waitForEvent('page'),
        page.getByRole('link', { name: 'Confirm with your bank' }).click(),
      ])
      await stripe.getByRole('link', { name: 'Confirm with your bank' }).click()
      await stripe.getByRole('button', { name: 'Yes, it is me' }).click()
      await stripe.getByText('This invoice is paid').waitFor()
      await stripe.close()
      await page.getByText('paid', { exact: true }).waitFor()
      expect(await told()).toMatchObject({ status: 'paid', problem: null, nextAction: 'none' })
      await context.close()
    },
    TIMEOUT_MS,
  )

  it(
    'is told what becomes of a dispute at the bank and of a refund that fails there, and so is the office',
    async () => {
      const { sandbox } = world
      const { cookies, client } = await world.signIn('customer_owner', 'Mara Steiner')
      const office = await world.signIn('manufacturer_admin', 'Jo Berg')
      const bills = (await client.GET('/v1/invoices')).data?.items ?? []
      const [disputed, credited] = bills.filter(({ status }) => status === 'paid')
      const told = async (bill: typeof disputed) =>
        (await client.GET('/v1/invoices/{id}/collection', { params: { path: { id: bill?.id ?? '' } } })).data
      const chargeOf = (bill: typeof disputed) => {
        const { charges } = sandbox.inspect()
        return charges.find(({ amount, paid }) => paid && String(amount) === bill?.totalMinor)
      }
      const [customerPage, officePage] = [
        await (await openContext(browser, cookies)).newPage(),
        await (await openContext(browser, office.cookies)).newPage(),
      ]
      for (const page of [customerPage, officePage]) await page.setViewportSize(PHONE)
      const bothRead = async (name: string, bill: typeof disputed, toCustomer: RegExp, toOffice: RegExp) => {
        for (const [page, text] of [
          [customerPage, toCustomer],
          [officePage, toOffice],
        ] as const) {
          await page.goto(`${world.url}/app/bills/${bill?.id}`)
          await page.getByText(text).waitFor()
        }
        expect(await look(customerPage, `${name}-390`)).toEqual([])
        expect(await look(officePage, `${name}-office-390`)).toEqual([])
      }

      const dispute = sandbox.openDispute(chargeOf(disputed)?.id ?? '')
      await expect
        .poll(() => told(disputed), { timeout: 60_000 })
        .toMatchObject({ dispute: 'open', nextAction: 'contact_bank' })
      const toAnswer = /Answer it in Stripe’s dashboard in time\./
      await bothRead('disputed', disputed, /^You disputed €.* at your bank\./, toAnswer)
      sandbox.closeDispute(dispute.id, 'won')
      await expect
        .poll(() => told(disputed), { timeout: 60_000 })
        .toMatchObject({ dispute: 'won', nextAction: 'none' })

      const { host, port } = sandbox
      const stripe = new Stripe('sk_test_sandbox', { host, port, protocol: 'http' })
      const metadata = { sandbox_refund: 'fail' }
      const payer = sandbox.inspect().invoices.find(({ number }) => number === credited?.number)?.customer
      await stripe.customers.update(typeof payer === 'string' ? payer : '', { metadata })
      await office.client.POST('/v1/invoices/{id}/credit-notes', {
        params: { path: { id: credited?.id ?? '' } },
        body: { kind: 'goodwill', reason: 'The site was closed for a day', credit: { amountMinor: '500' } },
      })
      const refund = { amountMinor: '500' }
      await expect
        .poll(() => told(credited), { timeout: 60_000 })
        .toMatchObject({ refunds: [{ ...refund, status: 'pending' }] })
      sandbox.advance(61_000)
      await expect
        .poll(() => told(credited), { timeout: 60_000 })
        .toMatchObject({ refunds: [{ ...refund, status: 'failed' }] })
      const failed = /^A refund of €5\.00 failed at the bank\./
      await bothRead('refund-failed', credited, /^€5\.00 could not be sent back/, failed)
      for (const page of [customerPage, officePage]) await page.context().close()
    },
    TIMEOUT_MS,
  )

  it(
    'is seen by the office with each step, in both languages',
    async () => {
      const { cookies, client } = await world.signIn('manufacturer_admin', 'Jo Berg')
      for (const [language, text] of [
        ['en', 'Make the draft'],
        ['de', 'Entwurf anlegen'],
      ] as const) {
        await client.PATCH('/v1/me', { body: { language } })
        const context = await openContext(browser, cookies, language)
        const page = await context.newPage()
        await page.setViewportSize(language === 'en' ? WIDE : PHONE)
        await page.goto(`${world.url}/app/bills/${world.params['invoiceId']}`)
        await page.getByText(text).waitFor()
        expect(await look(page, `office-${language}`)).toEqual([])
        await context.close()
      }
    },
    TIMEOUT_MS,
  )

  it(
    'goes to the live mode of Stripe only after somebody read and confirmed what comes of it',
    async () => {
      const { cookies, client } = await world.signIn('manufacturer_admin', 'Jo Berg')
      await client.PATCH('/v1/me', { body: { language: 'en' } })
      const mode = async () => (await client.GET('/v1/manufacturer')).data?.stripe.mode
      const context = await openContext(browser, cookies)
      const page = await context.newPage()
      await page.goto(`${world.url}/app/settings`)
      await page.getByText('Connected, test mode.').waitFor()
      await page.getByLabel('Secret key').fill('sk_live_another')
      await page.getByLabel('Webhook secret').fill('whsec_another')
      await page.getByRole('button', { name: 'Connect' }).click()
      const consequences = page.getByRole('alert')
      await consequences
        .getByText('The key is of an account in live mode, and connected is acct_sandbox in test mode.')
        .waitFor()
      await consequences.getByText(/Customers that are made anew .*: 2\./).waitFor()
      expect(await look(page, 'live-mode-390')).toEqual([])
      expect(await mode()).toBe('test')
      await page.getByLabel('I have read this and want it.').check()
      await page.getByRole('button', { name: 'Connect' }).click()
      await page.getByText('Connected, live mode.').waitFor()
      expect(await mode()).toBe('live')
      await context.close()
    },
    TIMEOUT_MS,
  )
})
