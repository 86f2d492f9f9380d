/**
 * What may be in the way of a push: every code, its facts and its English sentence. The pages say the same in German and English from
 * catalogues of their own, which must have exactly these codes.
 */
import {
  declareProblems,
  formatMoney,
  getCurrency,
  moneyOf,
  problem,
  type ReasonOf,
  type SaidProblem,
  type SayArguments,
} from '../../core/index.ts'

export const pushProblems = declareProblems({
  // Stripe cannot be asked, or says no.
  stripe_busy: problem([], () => 'Stripe asked to slow down; it will be tried again.'),
  key_refused: problem([], () => 'Stripe refused the key; enter a key that may write invoices.'),
  stripe_unreachable: problem([], () => 'Stripe could not be reached; it will be tried again.'),
  stripe_failed: problem([], () => 'Stripe answered with an error of its own; it will be tried again.'),
  refused: problem(['stripeMessage'], ({ stripeMessage }) => `Stripe refused the document: ${stripeMessage}`),
  refused_with_code: problem(
    ['stripeCode', 'stripeMessage'],
    ({ stripeCode, stripeMessage }) => `Stripe refused the document (${stripeCode}): ${stripeMessage}`,
  ),

  // Something is not set up, or wrong, here.
  not_connected: problem([], () => 'Connect a Stripe account by entering its key and webhook secret.'),
  secret_unreadable: problem(
    [],
    () => 'Enter the Stripe key and webhook secret again; the key that protected them was another one.',
  ),
  live_key_without_tls: problem([], () => 'A live key is never sent without TLS; use a test key here.'),
  account_left: problem(
    [],
    () => 'Another Stripe account was connected; what was done in the one before counts no more.',
  ),
  program_mistake: problem(
    [],
    () => 'A mistake in this program stopped the push; report it with the log of this moment.',
  ),

  // What Stripe can never take.
  amounts_too_large: problem(
    [],
    () => 'Stripe’s amounts are exact only below 2^53 minor units; send this invoice another way.',
  ),
  amount_between_steps: problem(
    ['stepMinor', 'currency'],
    ({ stepMinor, currency }) =>
      `Stripe takes ${currency} in steps of ${stepMinor} minor units, and an amount of this invoice is none; ` +
      'void it and issue it anew from a tariff that rounds so.',
  ),
  below_least_charge: problem(['leastMinor', 'currency'], ({ leastMinor, currency }) => {
    const least = formatMoney(moneyOf(BigInt(leastMinor), getCurrency(currency).code), 'en')
    return `Stripe cannot charge less than ${least}; ask for this invoice another way, or write it off.`
  }),
  number_too_long: problem(
    ['characterCount'],
    ({ characterCount }) =>
      `Stripe takes numbers of at most ${characterCount} characters; shorten the prefix of the numbers and issue it anew.`,
  ),
  tax_rate_too_fine: problem(
    [],
    () => 'Stripe takes tax rates with at most four decimals; send this invoice another way.',
  ),

  // What Stripe has is not what is here.
  lines_differ: problem(
    ['stripeInvoiceId', 'lineCount', 'sumMinor', 'number', 'ownLineCount', 'ownSumMinor', 'currency'],
    ({ stripeInvoiceId, lineCount, sumMinor, number, ownLineCount, ownSumMinor }) =>
      `${stripeInvoiceId} has ${lineCount} lines that sum to ${sumMinor} at Stripe, ` +
      `but invoice ${number} has ${ownLineCount} that sum to ${ownSumMinor}; compare them.`,
  ),
  tax_differs: problem(
    ['stripeInvoiceId', 'taxMinor', 'number', 'ownTaxMinor', 'currency'],
    ({ stripeInvoiceId, taxMinor, number, ownTaxMinor }) =>
      `${stripeInvoiceId} has tax of ${taxMinor} at Stripe, but invoice ${number} has ${ownTaxMinor}; compare them.`,
  ),
  total_differs: problem(
    ['stripeInvoiceId', 'totalMinor', 'currency', 'number', 'ownTotalMinor', 'ownCurrency'],
    ({ stripeInvoiceId, totalMinor, currency, number, ownTotalMinor, ownCurrency }) =>
      `${stripeInvoiceId} has the total ${totalMinor} ${currency} at Stripe, but invoice ${number} has ` +
      `${ownTotalMinor} ${ownCurrency} (minor units); compare them.`,
  ),
  invoice_voided: problem(
    ['stripeInvoiceId'],
    ({ stripeInvoiceId }) => `${stripeInvoiceId} was voided at Stripe; correct the invoice here as well.`,
  ),
  invoice_twice: problem(
    ['stripeInvoiceId', 'adoptedStripeInvoiceId'],
    ({ stripeInvoiceId, adoptedStripeInvoiceId }) =>
      `${stripeInvoiceId} and ${adoptedStripeInvoiceId} are the same invoice at Stripe; void ${stripeInvoiceId} there.`,
  ),
  draft_finalized: problem(
    ['stripeInvoiceId'],
    ({ stripeInvoiceId }) =>
      `${stripeInvoiceId} was finalized at Stripe though it is not wanted here; void it there.`,
  ),
  customer_missing: problem(
    ['stripeInvoiceId'],
    ({ stripeInvoiceId }) => `${stripeInvoiceId} names no customer at Stripe; compare it.`,
  ),
  customer_deleted: problem(
    ['stripeCustomerId'],
    ({ stripeCustomerId }) =>
      `${stripeCustomerId} was deleted at Stripe; try again to make the customer anew there, or link another one.`,
  ),
  customer_has_balance: problem(
    ['stripeCustomerId', 'balanceMinor', 'currency', 'stripeInvoiceId'],
    ({ stripeCustomerId, balanceMinor, currency, stripeInvoiceId }) =>
      `The customer ${stripeCustomerId} has a balance of ${balanceMinor} ${currency} at Stripe that is not ours and would change what ` +
      `${stripeInvoiceId} asks for; bring it to zero there, then try again.`,
  ),

  // Money that came, and money that goes back.
  paid_twice: problem(
    ['stripeInvoiceId'],
    ({ stripeInvoiceId }) =>
      `${stripeInvoiceId} was collected at Stripe and paid outside it as well; give one of the two payments back.`,
  ),
  nothing_to_give_back: problem(
    ['number'],
    ({ number }) => `Nothing that Stripe collected for ${number} is left to give back.`,
  ),
  void_not_credited: problem(
    ['stripeInvoiceId'],
    ({ stripeInvoiceId }) =>
      `${stripeInvoiceId} is void at Stripe, so nothing can be credited there; compare it.`,
  ),
  draft_not_credited: problem(
    ['stripeInvoiceId'],
    ({ stripeInvoiceId }) =>
      `${stripeInvoiceId} is draft at Stripe, so nothing can be credited there; compare it.`,
  ),
  credited_tax_missing: problem(
    ['stripeInvoiceId', 'taxPercent', 'number'],
    ({ stripeInvoiceId, taxPercent, number }) =>
      `${stripeInvoiceId} has no tax of ${taxPercent} % at Stripe that ${number} gives back; compare them.`,
  ),
  credit_would_differ: problem(
    ['number', 'totalMinor', 'ownTotalMinor', 'currency'],
    ({ number, totalMinor, ownTotalMinor }) =>
      `The credit note ${number} would have the total ${totalMinor} at Stripe, but ours is ${ownTotalMinor} (minor units); compare them.`,
  ),
  credit_differs: problem(
    ['number', 'totalMinor', 'ownTotalMinor', 'currency'],
    ({ number, totalMinor, ownTotalMinor }) =>
      `The credit note ${number} has the total ${totalMinor} at Stripe, but ours is ${ownTotalMinor} (minor units); compare them.`,
  ),
})

type Declared = typeof pushProblems.problems

export type PushReason = ReasonOf<Declared>
export type SaidPushProblem = SaidProblem<Declared>

/** A person has to look at the document; retrying cannot help. */
export class PushProblem extends Error {
  override readonly name = 'PushProblem'
  readonly said: SaidPushProblem

  constructor(...what: SayArguments<Declared>) {
    const said = pushProblems.say(...what)
    super(said.sentence)
    this.said = said
  }
}
