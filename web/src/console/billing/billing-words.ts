/** Texts of the billing run. */
import { catalogue } from '../../words/catalogue.ts'

export const billingWords = catalogue(
  {
    title: 'Billing run',
    note: 'Periods that have ended become invoices. The run does this by itself; here you see what it would do next.',
    ready: 'Ready',
    waiting: 'Waiting',
    carried: 'Goes on the next invoice',
    carriedNote:
      'Too little to be charged alone. It comes on the next invoice of the contract, each line with its period.',
    isToBeCarried: 'goes on the next invoice',
    recent: 'Issued recently',
    customer: 'Customer',
    period: 'Period',
    amount: 'Amount',
    why: 'Why it waits',
    number: 'Number',
    status: 'Status',
    issued: 'Issued',
    run: (count: number) => (count === 1 ? 'Issue 1 invoice' : `Issue ${count} invoices`),
    runSure: 'Issue now? Invoices cannot be changed afterwards.',
    ran: (issued: number, carried: number, waiting: number) =>
      `${issued} ${issued === 1 ? 'invoice' : 'invoices'} issued, ${carried === 0 ? '' : `${carried} carried onto the next, `}${waiting} waiting.`,
    nothingReadyTitle: 'Nothing to issue',
    nothingReadyText: 'No period has ended that is not billed yet.',
    nothingWaiting: 'Nothing waits.',
    noInvoices: 'No invoice yet.',
    draft: 'draft',
  },
  {
    title: 'Rechnungslauf',
    note: 'Aus abgelaufenen Zeiträumen werden Rechnungen. Das geschieht von selbst; hier steht, was als Nächstes geschähe.',
    ready: 'Bereit',
    waiting: 'Wartet',
    carried: 'Kommt auf die nächste Rechnung',
    carriedNote:
      'Allein zu wenig, um es einzuziehen. Es kommt auf die nächste Rechnung des Vertrags, jede Zeile mit ihrem Zeitraum.',
    isToBeCarried: 'kommt auf die nächste Rechnung',
    recent: 'Zuletzt gestellt',
    customer: 'Kunde',
    period: 'Zeitraum',
    amount: 'Betrag',
    why: 'Warum es wartet',
    number: 'Nummer',
    status: 'Status',
    issued: 'Gestellt',
    run: (count) => (count === 1 ? '1 Rechnung stellen' : `${count} Rechnungen stellen`),
    runSure: 'Jetzt stellen? Danach lassen sich Rechnungen nicht mehr ändern.',
    ran: (issued, carried, waiting) =>
      `${issued} ${issued === 1 ? 'Rechnung' : 'Rechnungen'} gestellt, ${carried === 0 ? '' : `${carried} auf die nächste übertragen, `}${waiting} warten.`,
    nothingReadyTitle: 'Nichts zu stellen',
    nothingReadyText: 'Kein Zeitraum ist abgelaufen, der noch nicht abgerechnet ist.',
    nothingWaiting: 'Nichts wartet.',
    noInvoices: 'Noch keine Rechnung.',
    draft: 'Entwurf',
  },
)
