/**
 * A customer in a real browser, the real server and the sandbox of Stripe: pays a bill that could not be charged on Stripe's page, saves a card
 * for which the bank asks back, and the other bill is charged to it by itself.
 */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildPages, isBuildCurrent } from '../../web/index.ts'
import { findBarriers, openBrowser, overflowsSideways, PHONE, takePicture, WIDE } from '../setup/browser.ts'
import { describeWithProgram } from '../setup/programs.ts'
import { openContext } from './page-visits.ts'
import { openPagesWorld, type PagesWorld } from './pages-world.ts'

const TIMEOUT_MS = 240_000
const FOUR_DAYS_MS = 4 * 86_400_000

describeWithProgram(['chromium'], 'paying', () => {
  let browser: Browser
  let world: PagesWorld
  beforeAll(async () => {
    if (!isBuildCurrent()) await buildPages()
    ;[browser, world] = await Promise.all([openBrowser(), openPagesWorld()])
  })
  afterAll(async () => {
    await browser.close()
    await world.close()
  })

  async function look(page: Page, name: string): Promise<void> {
    await takePicture(page, `paying-${name}`)
    expect(await findBarriers(page)).toEqual([])
    expect(await overflowsSideways(page)).toBe(false)
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
      await look(page, 'failed-390')
      const [stripe] = await Promise.all([
        context.waitForEvent('page'),
        page.getByRole('link', { name: 'Pay now' }).click(),
      ])
      await stripe.getByLabel('Card number').fill('4242 4242 4242 4242')
      await stripe.getByRole('button', { name: /^Pay EUR/ }).click()
      await stripe.getByText('This invoice is paid').waitFor()
      await stripe.close()
      await page.getByText('paid', { exact: true }).waitFor()
      await look(page, 'paid-390')

      await page.goto(`${world.url}/app/payment`)
      await page.getByRole('button', { name: 'Save a payment method' }).click()
      await page.getByLabel('Card number').fill('4000 0025 0000 3155')
      await page.getByRole('button', { name: 'Save card' }).click()
      await page.getByRole('button', { name: 'Yes, it is me' }).click()
      await page.getByText('Saved. From now on this is charged.').waitFor()
      await page.getByText('Visa •••• 3155').waitFor()
      await look(page, 'saved-390')

      world.sandbox.advance(FOUR_DAYS_MS)
      await page.goto(`${world.url}/app/bills/${second?.id}`)
      await expect
        .poll(
          async () => {
            const path = { id: second?.id ?? '' }
            return (await client.GET('/v1/invoices/{id}/collection', { params: { path } })).data
          },
          { timeout: 60_000 },
        )
        .toMatchObject({ status: 'paid', remainingMinor: '0', problem: null, nextAction: 'none' })
      await context.close()
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
        await look(page, `office-${language}`)
        await context.close()
      }
    },
    TIMEOUT_MS,
  )
})
