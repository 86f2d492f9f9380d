/** What may be in the way of a push to Stripe. Amounts come as they are shown; what Stripe itself said stays in its language. */
import type { StripeStep } from '../../api/stripe.ts'
import { catalogue } from '../../words/catalogue.ts'
import type { WordsOf } from '../say-problem.ts'

export const pushProblemWords = catalogue(
  {
    stripe_busy: 'Stripe asked to slow down; it will be tried again.',
    key_refused: 'Stripe refused the key; enter a key that may write invoices.',
    stripe_unreachable: 'Stripe could not be reached; it will be tried again.',
    stripe_failed: 'Stripe answered with an error of its own; it will be tried again.',
    refused: ({ stripeMessage }) => `Stripe refused the document: ${stripeMessage}`,
    refused_with_code: ({ stripeCode, stripeMessage }) =>
      `Stripe refused the document (${stripeCode}): ${stripeMessage}`,
    not_connected: 'Connect a Stripe account by entering its key and webhook secret.',
    secret_unreadable:
      'Enter the Stripe key and webhook secret again; the key that protected them was another one.',
    live_key_without_tls: 'A live key is never sent without TLS; use a test key here.',
    account_left: 'Another Stripe account was connected; what was done in the one before counts no more.',
    program_mistake: 'A mistake in this program stopped the push; report it with the log of this moment.',
    amounts_too_large:
      'Stripe’s amounts are exact only below 2^53 minor units; send this invoice another way.',
    amount_between_steps: ({ stepMinor, currency }) =>
      `Stripe takes ${currency} in steps of ${stepMinor}, and an amount of this invoice is none; ` +
      'void it and issue it anew from a tariff that rounds so.',
    below_least_charge: ({ leastMinor }) =>
      `Stripe cannot charge less than ${leastMinor}; ask for this invoice another way, or write it off.`,
    number_too_long: ({ characterCount }) =>
      `Stripe takes numbers of at most ${characterCount} characters; shorten the prefix of the numbers and issue it anew.`,
    tax_rate_too_fine: 'Stripe takes tax rates with at most four decimals; send this invoice another way.',
    lines_differ: ({ stripeInvoiceId, lineCount, sumMinor, number, ownLineCount, ownSumMinor }) =>
      `${stripeInvoiceId} has ${lineCount} lines that sum to ${sumMinor} at Stripe, ` +
      `but invoice ${number} has ${ownLineCount} that sum to ${ownSumMinor}; compare them.`,
    tax_differs: ({ stripeInvoiceId, taxMinor, number, ownTaxMinor }) =>
      `${stripeInvoiceId} has tax of ${taxMinor} at Stripe, but invoice ${number} has ${ownTaxMinor}; compare them.`,
    total_differs: ({ stripeInvoiceId, totalMinor, number, ownTotalMinor }) =>
      `${stripeInvoiceId} has the total ${totalMinor} at Stripe, but invoice ${number} has ${ownTotalMinor}; compare them.`,
    invoice_voided: ({ stripeInvoiceId }) =>
      `${stripeInvoiceId} was voided at Stripe; correct the invoice here as well.`,
    invoice_twice: ({ stripeInvoiceId, adoptedStripeInvoiceId }) =>
      `${stripeInvoiceId} and ${adoptedStripeInvoiceId} are the same invoice at Stripe; void ${stripeInvoiceId} there.`,
    draft_finalized: ({ stripeInvoiceId }) =>
      `${stripeInvoiceId} was finalized at Stripe though it is not wanted here; void it there.`,
    customer_missing: ({ stripeInvoiceId }) => `${stripeInvoiceId} names no customer at Stripe; compare it.`,
    customer_deleted: ({ stripeCustomerId }) =>
      `${stripeCustomerId} was deleted at Stripe; try again to make the customer anew there, or link another one.`,
    customer_has_balance: ({ stripeCustomerId, balanceMinor, stripeInvoiceId }) =>
      `The customer ${stripeCustomerId} has a balance of ${balanceMinor} at Stripe that is not ours and would change what ` +
      `${stripeInvoiceId} asks for; bring it to zero there, then try again.`,
    paid_twice: ({ stripeInvoiceId }) =>
      `${stripeInvoiceId} was collected at Stripe and paid outside it as well; give one of the two payments back.`,
    nothing_to_give_back: ({ number }) => `Nothing that Stripe collected for ${number} is left to give back.`,
    void_not_credited: ({ stripeInvoiceId }) =>
      `${stripeInvoiceId} is void at Stripe, so nothing can be credited there; compare it.`,
    draft_not_credited: ({ stripeInvoiceId }) =>
      `${stripeInvoiceId} is a draft at Stripe, so nothing can be credited there; compare it.`,
    credited_tax_missing: ({ stripeInvoiceId, taxPercent, number }) =>
      `${stripeInvoiceId} has no tax of ${taxPercent} % at Stripe that ${number} gives back; compare them.`,
    credit_would_differ: ({ number, totalMinor, ownTotalMinor }) =>
      `The credit note ${number} would have the total ${totalMinor} at Stripe, but ours is ${ownTotalMinor}; compare them.`,
    credit_differs: ({ number, totalMinor, ownTotalMinor }) =>
      `The credit note ${number} has the total ${totalMinor} at Stripe, but ours is ${ownTotalMinor}; compare them.`,
  } satisfies WordsOf<NonNullable<StripeStep['problemReason']>>,
  {
    stripe_busy: 'Stripe hat gebeten, langsamer zu sein; es wird erneut versucht.',
    key_refused: 'Stripe hat den Schlüssel abgelehnt; geben Sie einen ein, der Rechnungen schreiben darf.',
    stripe_unreachable: 'Stripe war nicht erreichbar; es wird erneut versucht.',
    stripe_failed: 'Bei Stripe gab es einen Fehler; es wird erneut versucht.',
    refused: ({ stripeMessage }) => `Stripe hat es abgelehnt: „${stripeMessage}“`,
    refused_with_code: ({ stripeCode, stripeMessage }) =>
      `Stripe hat es abgelehnt (${stripeCode}): „${stripeMessage}“`,
    not_connected:
      'Verbinden Sie ein Stripe-Konto: Geben Sie seinen Schlüssel und das Geheimnis des Webhooks ein.',
    secret_unreadable:
      'Geben Sie den Schlüssel von Stripe und das Geheimnis des Webhooks neu ein; sie wurden mit einem anderen Schlüssel geschützt.',
    live_key_without_tls:
      'Ein Live-Schlüssel wird nie ohne TLS gesendet; nehmen Sie hier einen Testschlüssel.',
    account_left: 'Ein anderes Stripe-Konto wurde verbunden; was im vorigen geschah, zählt nicht mehr.',
    program_mistake:
      'Ein Fehler in diesem Programm hat die Übertragung angehalten; melden Sie ihn mit dem Log dieses Augenblicks.',
    amounts_too_large:
      'Beträge sind bei Stripe nur unter 2^53 der kleinsten Einheiten genau; senden Sie diese Rechnung auf anderem Weg.',
    amount_between_steps: ({ stepMinor, currency }) =>
      `Stripe nimmt ${currency} nur in Schritten von ${stepMinor}, und ein Betrag dieser Rechnung passt nicht dazu; ` +
      'stornieren Sie sie und stellen Sie sie neu, nach einem Tarif, der so rundet.',
    below_least_charge: ({ leastMinor }) =>
      `Weniger als ${leastMinor} kann Stripe nicht einziehen; fordern Sie diese Rechnung auf anderem Weg ein oder schreiben Sie sie ab.`,
    number_too_long: ({ characterCount }) =>
      `Stripe nimmt Nummern mit höchstens ${characterCount} Zeichen; kürzen Sie den Anfang der Nummern und stellen Sie die Rechnung neu.`,
    tax_rate_too_fine:
      'Stripe nimmt Steuersätze mit höchstens vier Nachkommastellen; senden Sie diese Rechnung auf anderem Weg.',
    lines_differ: ({ stripeInvoiceId, lineCount, sumMinor, number, ownLineCount, ownSumMinor }) =>
      `${stripeInvoiceId} hat bei Stripe ${lineCount} Posten mit der Summe ${sumMinor}, ` +
      `Rechnung ${number} aber ${ownLineCount} mit der Summe ${ownSumMinor}; vergleichen Sie beide.`,
    tax_differs: ({ stripeInvoiceId, taxMinor, number, ownTaxMinor }) =>
      `${stripeInvoiceId} hat bei Stripe ${taxMinor} Steuer, Rechnung ${number} aber ${ownTaxMinor}; vergleichen Sie beide.`,
    total_differs: ({ stripeInvoiceId, totalMinor, number, ownTotalMinor }) =>
      `${stripeInvoiceId} lautet bei Stripe auf ${totalMinor}, Rechnung ${number} aber auf ${ownTotalMinor}; vergleichen Sie beide.`,
    invoice_voided: ({ stripeInvoiceId }) =>
      `${stripeInvoiceId} wurde bei Stripe storniert; korrigieren Sie die Rechnung auch hier.`,
    invoice_twice: ({ stripeInvoiceId, adoptedStripeInvoiceId }) =>
      `${stripeInvoiceId} und ${adoptedStripeInvoiceId} sind bei Stripe dieselbe Rechnung; stornieren Sie dort ${stripeInvoiceId}.`,
    draft_finalized: ({ stripeInvoiceId }) =>
      `${stripeInvoiceId} wurde bei Stripe abgeschlossen, obwohl es hier nicht gewollt ist; stornieren Sie es dort.`,
    customer_missing: ({ stripeInvoiceId }) =>
      `${stripeInvoiceId} nennt bei Stripe keinen Kunden; sehen Sie dort nach.`,
    customer_deleted: ({ stripeCustomerId }) =>
      `${stripeCustomerId} wurde bei Stripe gelöscht; versuchen Sie es erneut, um den Kunden dort neu anzulegen, oder verwenden Sie einen anderen.`,
    customer_has_balance: ({ stripeCustomerId, balanceMinor, stripeInvoiceId }) =>
      `Der Kunde ${stripeCustomerId} hat bei Stripe einen Saldo von ${balanceMinor}, der nicht von hier ist und ändern würde, was ` +
      `${stripeInvoiceId} verlangt; bringen Sie ihn dort auf null und versuchen Sie es erneut.`,
    paid_twice: ({ stripeInvoiceId }) =>
      `${stripeInvoiceId} wurde bei Stripe eingezogen und auch anderswo bezahlt; geben Sie eine der beiden Zahlungen zurück.`,
    nothing_to_give_back: ({ number }) =>
      `Von dem, was Stripe für ${number} eingezogen hat, ist nichts mehr zurückzugeben.`,
    void_not_credited: ({ stripeInvoiceId }) =>
      `${stripeInvoiceId} ist bei Stripe storniert, deshalb kann dort nichts gutgeschrieben werden; sehen Sie dort nach.`,
    draft_not_credited: ({ stripeInvoiceId }) =>
      `${stripeInvoiceId} ist bei Stripe ein Entwurf, deshalb kann dort nichts gutgeschrieben werden; sehen Sie dort nach.`,
    credited_tax_missing: ({ stripeInvoiceId, taxPercent, number }) =>
      `${stripeInvoiceId} hat bei Stripe keine Steuer von ${taxPercent} %, die ${number} zurückgibt; vergleichen Sie beide.`,
    credit_would_differ: ({ number, totalMinor, ownTotalMinor }) =>
      `Die Gutschrift ${number} würde bei Stripe auf ${totalMinor} lauten, lautet hier aber auf ${ownTotalMinor}; vergleichen Sie beide.`,
    credit_differs: ({ number, totalMinor, ownTotalMinor }) =>
      `Die Gutschrift ${number} lautet bei Stripe auf ${totalMinor}, hier aber auf ${ownTotalMinor}; vergleichen Sie beide.`,
  },
)
