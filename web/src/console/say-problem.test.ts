import { describe, expect, it } from 'vitest'

import type { StripeStep } from '../api/stripe.ts'
import type { Delivery } from '../api/webhooks.ts'
import { pushProblemWords } from './billing/push-problem-words.ts'
import { sayProblem } from './say-problem.ts'
import { deliveryProblemWords } from './webhooks/delivery-problem-words.ts'

type PushReason = NonNullable<StripeStep['problemReason']>
type DeliveryReason = NonNullable<Delivery['problemReason']>

/** With plain spaces, as they are read. */
const plain = (text: string) => text.replaceAll(/[\u00a0\u202f]/g, ' ')
const inBoth = <Words>(
  { en, de }: { readonly en: Words; readonly de: Words },
  say: (words: Words, locale: string) => string,
) => [plain(say(en, 'en-GB')), plain(say(de, 'de-DE'))]

const notShown = 'The sentence of the server.'

describe('what is in the way of a push', () => {
  it.each<{ readonly reason: PushReason; readonly en: string; readonly de: string }>([
    {
      reason: {
        code: 'refused_with_code',
        facts: { stripeCode: 'email_invalid', stripeMessage: 'Invalid email address: jo@' },
      },
      en: 'Stripe refused the document (email_invalid): Invalid email address: jo@',
      de: 'Stripe hat es abgelehnt (email_invalid): „Invalid email address: jo@“',
    },
    {
      reason: { code: 'stripe_busy', facts: {} },
      en: 'Stripe asked to slow down; it will be tried again.',
      de: 'Stripe hat gebeten, langsamer zu sein; es wird erneut versucht.',
    },
    {
      reason: { code: 'below_least_charge', facts: { leastMinor: '17500', currency: 'HUF' } },
      en: 'Stripe cannot charge less than HUF 175.00; ask for this invoice another way, or write it off.',
      de: 'Weniger als 175,00 HUF kann Stripe nicht einziehen; fordern Sie diese Rechnung auf anderem Weg ein oder schreiben Sie sie ab.',
    },
    {
      reason: { code: 'amount_between_steps', facts: { stepMinor: '10', currency: 'KWD' } },
      en: 'Stripe takes KWD in steps of KWD 0.010, and an amount of this invoice is none; void it and issue it anew from a tariff that rounds so.',
      de: 'Stripe nimmt KWD nur in Schritten von 0,010 KWD, und ein Betrag dieser Rechnung passt nicht dazu; stornieren Sie sie und stellen Sie sie neu, nach einem Tarif, der so rundet.',
    },
    {
      reason: {
        code: 'lines_differ',
        facts: {
          stripeInvoiceId: 'in_1',
          lineCount: '1200',
          sumMinor: '169300',
          number: 'R-1',
          ownLineCount: '2',
          ownSumMinor: '-5',
          currency: 'eur',
        },
      },
      en: 'in_1 has 1,200 lines that sum to €1,693.00 at Stripe, but invoice R-1 has 2 that sum to -€0.05; compare them.',
      de: 'in_1 hat bei Stripe 1.200 Posten mit der Summe 1.693,00 €, Rechnung R-1 aber 2 mit der Summe -0,05 €; vergleichen Sie beide.',
    },
    {
      reason: {
        code: 'tax_differs',
        facts: {
          stripeInvoiceId: 'in_1',
          taxMinor: '190',
          number: 'R-1',
          ownTaxMinor: '70',
          currency: 'eur',
        },
      },
      en: 'in_1 has tax of €1.90 at Stripe, but invoice R-1 has €0.70; compare them.',
      de: 'in_1 hat bei Stripe 1,90 € Steuer, Rechnung R-1 aber 0,70 €; vergleichen Sie beide.',
    },
    {
      reason: {
        code: 'total_differs',
        facts: {
          stripeInvoiceId: 'in_1',
          totalMinor: '3000',
          currency: 'jpy',
          number: 'R-1',
          ownTotalMinor: '3000',
          ownCurrency: 'eur',
        },
      },
      en: 'in_1 has the total JP¥3,000 at Stripe, but invoice R-1 has €30.00; compare them.',
      de: 'in_1 lautet bei Stripe auf 3.000 ¥, Rechnung R-1 aber auf 30,00 €; vergleichen Sie beide.',
    },
    {
      reason: {
        code: 'customer_has_balance',
        facts: { stripeCustomerId: 'cus_1', balanceMinor: '-500', currency: 'eur', stripeInvoiceId: 'in_1' },
      },
      en: 'The customer cus_1 has a balance of -€5.00 at Stripe that is not ours and would change what in_1 asks for; bring it to zero there, then try again.',
      de: 'Der Kunde cus_1 hat bei Stripe einen Saldo von -5,00 €, der nicht von hier ist und ändern würde, was in_1 verlangt; bringen Sie ihn dort auf null und versuchen Sie es erneut.',
    },
    {
      reason: {
        code: 'invoice_twice',
        facts: { stripeInvoiceId: 'in_2', adoptedStripeInvoiceId: 'in_1' },
      },
      en: 'in_2 and in_1 are the same invoice at Stripe; void in_2 there.',
      de: 'in_2 und in_1 sind bei Stripe dieselbe Rechnung; stornieren Sie dort in_2.',
    },
    {
      reason: {
        code: 'credited_tax_missing',
        facts: { stripeInvoiceId: 'in_1', taxPercent: '7.7', number: 'G-1' },
      },
      en: 'in_1 has no tax of 7.7 % at Stripe that G-1 gives back; compare them.',
      de: 'in_1 hat bei Stripe keine Steuer von 7,7 %, die G-1 zurückgibt; vergleichen Sie beide.',
    },
    {
      reason: {
        code: 'credit_would_differ',
        facts: { number: 'G-1', totalMinor: '100', ownTotalMinor: '110', currency: 'chf' },
      },
      en: 'The credit note G-1 would have the total CHF 1.00 at Stripe, but ours is CHF 1.10; compare them.',
      de: 'Die Gutschrift G-1 würde bei Stripe auf 1,00 CHF lauten, lautet hier aber auf 1,10 CHF; vergleichen Sie beide.',
    },
  ])('is said in both languages, with money as it is written there: $reason.code', ({ reason, en, de }) => {
    const kept = { problem: notShown, problemReason: reason }
    expect(inBoth(pushProblemWords, (words, locale) => sayProblem(words, kept, locale))).toEqual([en, de])
  })
})

describe('why a delivery failed', () => {
  it.each<{ readonly reason: DeliveryReason; readonly en: string; readonly de: string }>([
    {
      reason: { code: 'answered', facts: { status: '500' } },
      en: 'It answered 500.',
      de: 'Er hat mit 500 geantwortet.',
    },
    {
      reason: { code: 'timed_out', facts: { limitSeconds: '0.7' } },
      en: 'It did not answer within 0.7 s.',
      de: 'Er hat nicht innerhalb von 0,7 s geantwortet.',
    },
    {
      reason: { code: 'port_reserved', facts: { lowestPort: '1024' } },
      en: 'Use port 443 or one from 1024 on.',
      de: 'Nehmen Sie Port 443 oder einen ab 1024.',
    },
    {
      reason: { code: 'name_without_address', facts: { host: 'hooks.example' } },
      en: 'Check the name "hooks.example": it has no address.',
      de: 'Prüfen Sie den Namen „hooks.example“: Er hat keine Adresse.',
    },
    {
      reason: { code: 'endpoint_switched_off', facts: {} },
      en: 'The endpoint was switched off before it was delivered.',
      de: 'Der Endpunkt wurde vor der Zustellung abgeschaltet.',
    },
  ])('is said in both languages: $reason.code', ({ reason, en, de }) => {
    const kept = { problem: notShown, problemReason: reason }
    expect(inBoth(deliveryProblemWords, (words, locale) => sayProblem(words, kept, locale))).toEqual([en, de])
  })
})

describe('the sentence of the server', () => {
  it.each([
    ['was written before there were codes', null],
    ['has a code of a newer server', { code: 'of_tomorrow', facts: { what: 'x' } }],
    ['has a code that every object knows', { code: 'toString', facts: {} }],
  ])('is shown where it %s', (_why, problemReason) => {
    const kept = { problem: notShown, problemReason }
    expect(sayProblem(pushProblemWords.de, kept, 'de-DE')).toBe(notShown)
  })
})
