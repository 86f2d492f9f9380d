/** What people do about payments at Stripe, against the stub server; `test/e2e/paying` does it with the sandbox of Stripe. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { findBarriers, PHONE, takePicture, WIDE } from '../test/setup/browser.ts'
import { describeWithProgram } from '../test/setup/programs.ts'
import { openPages, type PagesUnderTest } from './testing/browser.ts'

describeWithProgram(['chromium-headless-shell'], 'about payments a person', () => {
  let web: PagesUnderTest
  beforeAll(async () => {
    web = await openPages()
  })
  beforeEach(() => web.stub.reset())
  afterAll(() => web.close())

  it('of the customer reads why a payment failed, when it is tried again and what helps', async () => {
    const { page, context } = await web.visit('/bills/inv_open', { who: 'mara', size: PHONE })
    const told = page.getByRole('region', { name: 'Payment', exact: true })
    await told.getByText('The payment did not work. The card has expired.').waitFor()
    await told.getByText(/^It is tried again on 25 Nov 2026/).waitFor()
    const pay = told.getByRole('link', { name: /^Pay now/ })
    expect(await pay.getAttribute('href')).toBe('https://invoice.stripe.com/i/acct_1/test_1')
    expect(await findBarriers(page)).toEqual([])
    await takePicture(page, 'expired-card-390-light')
    await told.getByRole('link', { name: 'Change the payment method' }).click()
    await page.getByRole('heading', { name: 'Payment', exact: true }).waitFor()
    await context.close()
  })

  it('of the customer comes back from Stripe before its webhook, and the page waits for it', async () => {
    const { page, context } = await web.visit('/payment', { who: 'mara', size: PHONE })
    await page.getByRole('button', { name: 'Save a payment method' }).click()
    await page.getByText('Stripe tells us what you saved; that takes a moment.').waitFor()
    await page.getByText('Saved. From now on this is charged.').waitFor()
    await page.getByText('Visa •••• 4242').waitFor()
    expect(web.stub.state.received).toMatchObject([
      {
        address: 'POST /v1/customers/cus_1/payment-setup',
        body: { returnPath: '/app/payment?had=none' },
      },
    ])
    await context.close()
  })

  it('of the customer knows the account again that is debited, and reads how long that takes', async () => {
    web.stub.speak('mara', 'en', 'mem_2')
    const { page, context } = await web.visit('/payment', { who: 'mara', size: PHONE })
    await page.getByText('SEPA direct debit, account ending in 3000').waitFor()
    await page.getByText('A debit takes your bank some days; until then the bill is open.').waitFor()
    expect(await findBarriers(page)).toEqual([])
    await takePicture(page, 'debited-390-en')
    web.stub.speak('mara', 'de', 'mem_2')
    await page.reload()
    await page.getByText('SEPA-Lastschrift, Konto mit den letzten Ziffern 3000').waitFor()
    await takePicture(page, 'debited-390-de')
    await context.close()
  })

  it('who paid too much reads what comes back, and the office what it gives back', async () => {
    for (const [who, owed] of [
      ['mara', /^You get back: .*400\.00/],
      ['jo', /^To be given back to the customer: .*400\.00/],
    ] as const) {
      const { page, context } = await web.visit('/bills/inv_overpaid', { who, size: WIDE })
      expect(await page.getByText(owed).innerText()).toMatch(owed)
      await context.close()
    }
  })

  describe('about what became of a payment', () => {
    const cases = [
      {
        id: 'inv_confirm',
        en: /^Your bank wants you to confirm this payment\. The button leads you there/,
        de: /^Ihre Bank möchte, dass Sie diese Zahlung bestätigen\. Der Knopf führt Sie dorthin/,
        office: 'The customer has to confirm the payment with the bank.',
        button: 'Confirm with your bank, opens a page of Stripe',
      },
      {
        id: 'inv_partly',
        en: /^€500\.00 is paid, €1,166\.82 is still open\.$/,
        de: /^500,00.€ sind bezahlt, 1\.166,82.€ sind noch offen\.$/,
        office: '€500.00',
        button: 'Pay now, opens a page of Stripe',
      },
      {
        id: 'inv_debited',
        en: 'A payment is on its way. It takes your bank some days; you need not do anything.',
        de: 'Eine Zahlung ist unterwegs. Die Bank braucht dafür einige Tage; Sie müssen nichts tun.',
        office: 'A payment is on its way; a debit takes some days.',
      },
      {
        id: 'inv_disputed',
        en: /^You disputed €1,666\.82 at your bank\./,
        de: /^Sie haben 1\.666,82.€ bei Ihrer Bank reklamiert\./,
        office: /^The bank has taken the money back until it decides\./,
      },
      {
        id: 'inv_returned',
        en: /€1,666\.82 went back to you\./,
        de: /1\.666,82.€ gingen an Sie zurück\./,
        office: /^The bank gave the money back to the customer\./,
      },
      {
        id: 'inv_unrefunded',
        en: /^€40\.00 could not be sent back to you\./,
        de: /^40,00.€ ließen sich nicht zurücksenden\./,
        office: /^A refund of €40\.00 failed at the bank\./,
      },
    ] as const

    it.each([
      ['en', 'Payment'],
      ['de', 'Zahlung'],
    ] as const)('the customer reads what it means and what helps, in %s', async (language, title) => {
      web.stub.speak('mara', language)
      const { page, context } = await web.visit('/bills', { who: 'mara', size: PHONE })
      const told = page.getByRole('region', { name: title, exact: true })
      for (const { id, [language]: sentence, ...rest } of cases) {
        await page.goto(`/app/bills/${id}`)
        await told.getByText(sentence).waitFor()
        const buttons = await told.getByRole('link').allTextContents()
        if (language === 'en') expect(buttons).toEqual('button' in rest ? [rest.button] : [])
        expect(await told.getByText(/25 Nov|25\.11\./).count()).toBe(0)
        expect(await findBarriers(page)).toEqual([])
        await takePicture(page, `told-${id}-390-${language}`)
      }
      await context.close()
    })

    it('the office reads what it has to do', async () => {
      const { page, context } = await web.visit('/bills', { who: 'jo', size: WIDE })
      const told = page.getByRole('region', { name: 'Stripe', exact: true })
      for (const { id, office } of cases) {
        await page.goto(`/app/bills/${id}`)
        await told.getByText(office, { exact: true }).waitFor()
        await takePicture(page, `told-${id}-1440-en`)
      }
      expect(await findBarriers(page)).toEqual([])
      await context.close()
    })
  })

  it('of the office is told of a parked push and takes it up again', async () => {
    const { page, context } = await web.visit('/billing-run', { who: 'jo', size: WIDE })
    await page.getByText('1 push to Stripe needs you').waitFor()
    await page.getByRole('link', { name: 'Look at them' }).click()
    await page.getByRole('link', { name: 'BW-2026-0043' }).click()
    const push = page.getByRole('region', { name: 'Stripe', exact: true })
    await push.getByText('Failed: The card has expired. (expired_card)').waitFor()
    await push.getByText('Stripe refused the address of the customer').waitFor()
    expect(await findBarriers(page)).toEqual([])
    await takePicture(page, 'invoice-push-1440-light')
    await push.getByRole('button', { name: 'Try again: Make the draft' }).click()
    await expect
      .poll(() => web.stub.state.received.map(({ address }) => address))
      .toEqual(['POST /v1/stripe/steps/7/retry'])
    await context.close()
  })

  it('of the office connects another account only after reading what comes of it', async () => {
    const { page, context } = await web.visit('/settings', { who: 'jo', size: WIDE })
    await page.getByRole('link', { name: /^in_before/ }).waitFor()
    const enter = async (secretKey: string) => {
      await page.getByLabel('Secret key').fill(secretKey)
      await page.getByLabel('Webhook secret').fill('whsec_other')
      await page.getByRole('button', { name: 'Connect' }).click()
    }
    await enter('pk_live_other')
    await page.getByText('Enter a secret or restricted key.').waitFor()
    await enter('sk_live_other')
    await page.getByText('Issued invoices that go to Stripe at once: 2, over €20.00.').waitFor()
    expect(await findBarriers(page)).toEqual([])
    await takePicture(page, 'stripe-consequences-1440-light')
    await page.getByLabel('I have read this and want it.').check()
    // What was read was about another key.
    await page.getByLabel('Secret key').fill('sk_live_another')
    expect(await page.getByLabel('I have read this and want it.').isChecked()).toBe(false)
    await page.getByLabel('I have read this and want it.').check()
    await page.getByRole('button', { name: 'Connect' }).click()
    await page.getByText('Issued invoices that go').waitFor({ state: 'detached' })
    expect(await page.getByLabel('Secret key').inputValue()).toBe('')
    const pair = { webhookSecret: 'whsec_other' }
    expect(web.stub.state.received.map(({ body }) => body)).toEqual([
      { ...pair, secretKey: 'pk_live_other', isConfirmed: false },
      { ...pair, secretKey: 'sk_live_other', isConfirmed: false },
      { ...pair, secretKey: 'sk_live_another', isConfirmed: true },
    ])
    await context.close()
  })
})
