import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import {
  findBarriers,
  listenForComplaints,
  openBrowser,
  overflowsSideways,
  PHONE,
  takePicture,
} from '../../test/setup/browser.ts'
import { describeWithProgram } from '../../test/setup/programs.ts'
import { aDraft, customerOf, sandboxFixture } from '../sandbox-fixture.ts'
import { html } from './html.ts'
import { layOut } from './page-layout.ts'

const fixture = sandboxFixture()
afterEach(() => fixture.end())

describeWithProgram(
  ['chromium-headless-shell'],
  'the pages of the Stripe sandbox in a browser without script',
  () => {
    let browser: Browser
    beforeAll(async () => {
      browser = await openBrowser()
    })
    afterAll(() => browser.close())

    async function aPhone(): Promise<Page> {
      const phone: BrowserContext = await browser.newContext({ viewport: PHONE })
      fixture.onEnd(() => phone.close())
      return phone.newPage()
    }

    async function expectGoodPage(page: Page, name: string): Promise<void> {
      await takePicture(page, `stripe-sandbox-${name}`)
      expect(await findBarriers(page)).toEqual([])
      expect(await overflowsSideways(page)).toBe(false)
    }

    it('save a card, pay an invoice, change the default and move the clock', async () => {
      const { sandbox, stripe } = await fixture.start()
      const draft = await aDraft(stripe, [17_850], { name: 'Drill & Co' })
      const invoice = await stripe.invoices.finalizeInvoice(draft.id)
      const customer = customerOf(draft)
      const checkout = await stripe.checkout.sessions.create({
        mode: 'setup',
        customer,
        currency: 'eur',
        success_url: `${sandbox.url}/?saved={CHECKOUT_SESSION_ID}`,
      })
      const page = await aPhone()
      const complaints = listenForComplaints(page)
      await page.goto(checkout.url ?? '')
      await expectGoodPage(page, 'checkout')
      await page.getByLabel('Card number').fill('4000 0025 0000 3155')
      await page.getByRole('button', { name: 'Save card' }).click()
      await expectGoodPage(page, 'bank')
      await page.getByRole('button', { name: 'Yes, it is me' }).click()
      expect(page.url()).toBe(`${sandbox.url}/?saved=${checkout.id}`)
      await expectGoodPage(page, 'index')

      await page.goto(invoice.hosted_invoice_url ?? '')
      await expectGoodPage(page, 'invoice')
      await page.getByLabel('Card number').fill('4242 4242 4242 4242')
      await page.getByRole('button', { name: 'Pay EUR 178.50' }).click()
      expect(await page.getByRole('status').textContent()).toContain('This invoice is paid')

      const portal = await stripe.billingPortal.sessions.create({ customer })
      await page.goto(portal.url)
      await page.getByRole('button', { name: 'Use for invoices: visa ending in 3155' }).click()
      await expectGoodPage(page, 'portal')
      await page.goto(`${sandbox.url}/objects/invoices/${invoice.id}`)
      await expectGoodPage(page, 'object')

      await page.goto(sandbox.url)
      await page.getByLabel('Move the clock by hours').fill('24')
      await page.getByRole('button', { name: 'Move the clock' }).click()
      expect(
        await page.getByText('The sandbox’s clock').or(page.getByText("The sandbox's clock")).textContent(),
      ).toContain('2026-11-29 00:00')
      expect(complaints).toEqual([])
    })

    it('do not scroll sideways under the widest id that Stripe could give', async () => {
      const page = await aPhone()
      const id = `in_${'W'.repeat(24)}`
      await page.setContent(
        layOut(
          id,
          html`<h2>${id}</h2>
            <p>${id}</p>`,
        ),
      )
      expect(await overflowsSideways(page)).toBe(false)
    })

    it('show that a card was declined, where the browser says so too', async () => {
      const { stripe } = await fixture.start({ newCustomersPay: false })
      const draft = await aDraft(stripe, [1_000])
      const invoice = await stripe.invoices.finalizeInvoice(draft.id)
      const page = await aPhone()
      await page.goto(invoice.hosted_invoice_url ?? '')
      await page.getByLabel('Card number').fill('4000 0000 0000 0341')
      await page.getByRole('button', { name: 'Pay EUR 10.00' }).click()
      expect(await page.getByRole('alert').textContent()).toBe('Your card was declined. Try another one.')
      await expectGoodPage(page, 'declined')
    })
  },
)
