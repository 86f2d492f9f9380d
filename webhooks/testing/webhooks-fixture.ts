/** Webhooks on a fresh ledger with a clock to set, and servers on loopback that receive them, for tests. */
import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import { secureRandomBytes, systemActor, type InvoiceId, type ManufacturerId } from '../../core/index.ts'
import { openFreshLedger } from '../../test/setup/fresh-ledger.ts'
import { createWebhooks, type Webhooks, type WebhooksOptions } from '../create-webhooks.ts'
import type { EventType } from '../event-types.ts'

export const acme = 'man_a' as ManufacturerId
export const other = 'man_b' as ManufacturerId
const publicUrl = 'https://usance.example'
export const secretKey = new Uint8Array(32).fill(5)
export const begin = Date.parse('2026-11-27T12:00:00.500Z')
export const invoiceId = 'inv_1' as InvoiceId

export type Received = {
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
  readonly url: string
}

type Answer = (received: Received, response: http.ServerResponse) => void

/** A server that keeps what it gets; what it answers can be changed. With a certificate it speaks HTTPS only. */
export async function openReceiver(certificate?: { readonly key: Buffer; readonly cert: Buffer }) {
  const received: Received[] = []
  const receiver = {
    received,
    url: '',
    /** An answer of this status; a function for anything else. */
    answer: 204 as number | Answer,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  const receive: http.RequestListener = (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const one = { headers: request.headers, body: Buffer.concat(chunks).toString(), url: request.url ?? '' }
      received.push(one)
      if (typeof receiver.answer === 'number') response.writeHead(receiver.answer).end()
      else receiver.answer(one, response)
    })
  }
  const server =
    certificate === undefined ? http.createServer(receive) : https.createServer(certificate, receive)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  receiver.url = `${certificate === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`
  return receiver
}

/** Manufacturer A has an issued invoice of 4.90 euros, B has none. */
export function openWebhooksFixture(overrides: Partial<WebhooksOptions> = {}) {
  const fresh = openFreshLedger()
  const { ledger, byHand, file } = fresh
  byHand.exec(`
    INSERT INTO customers (id, manufacturer_id, name, email, created_at) VALUES ('cust_1', 'man_a', 'Bau', 'bau@example.com', 1);
    INSERT INTO tariffs (id, manufacturer_id, name, created_at) VALUES ('tar_1', 'man_a', 'Drill', 1);
    INSERT INTO contracts (id, manufacturer_id, customer_id, tariff_id, time_zone, anchor_on, cadence_unit, cadence_count, starts_at, created_at)
      VALUES ('con_1', 'man_a', 'cust_1', 'tar_1', 'UTC', '2026-10-01', 'month', 1, 0, 1);
    INSERT INTO invoices (id, manufacturer_id, customer_id, contract_id, status, currency, period_from_at, period_to_at,
        cutoff_at, tax_minor, total_minor, created_at)
      VALUES ('${invoiceId}', 'man_a', 'cust_1', 'con_1', 'draft', 'EUR', ${Date.parse('2026-10-01T00:00:00Z')},
        ${Date.parse('2026-11-01T00:00:00Z')}, ${begin}, 78, 490, 1);
    INSERT INTO invoice_lines (invoice_id, position, item_id, description, quantity, unit, unit_price, tax_category,
        unrounded_amount, amount_minor, explanation)
      VALUES ('${invoiceId}', 1, 'base', 'Base fee', '1', 'month', '4.12', 'standard', '4.12', 412, '{}');
    INSERT INTO invoice_taxes VALUES ('${invoiceId}', 1, 'S', '19', 412, 78, '{}');
    UPDATE invoices SET status = 'issued', number = 'A-7', issued_at = ${begin}, due_on = '2026-12-11' WHERE id = '${invoiceId}'`)
  const clock = { at: begin, now: () => clock.at }

  function open(own: Partial<WebhooksOptions> = {}): Webhooks {
    return createWebhooks({
      ledger,
      clock,
      randomBytes: secureRandomBytes,
      log: pino({ level: 'silent' }),
      publicUrl,
      secretKey,
      allowsPrivate: true,
      ...overrides,
      ...own,
    })
  }
  const webhooks = open()
  const changes = webhooks.by(systemActor('test'))

  return {
    ledger,
    byHand,
    file,
    clock,
    webhooks,
    changes,
    /** A second one on the same ledger, as another process has. */
    open,
    addEndpoint: (url: string, eventTypes?: readonly EventType[]) =>
      changes.addEndpoint(acme, { url, description: '', eventTypes }),
    noteIssued: () =>
      ledger.transaction().execute((transaction) => webhooks.noteInvoiceIssued(transaction, invoiceId)),
    notePaid: () =>
      ledger.transaction().execute((transaction) => webhooks.noteInvoicePaid(transaction, invoiceId)),
    deliveriesOf: async (endpointId: string) =>
      (await webhooks.listDeliveries(acme, endpointId, { limit: 100, sort: 'id' })).items,
    events: async () => (await webhooks.listEvents(acme, { limit: 100, sort: 'occurredAt' })).items,
    audited: async () =>
      (await ledger.selectFrom('audit_entries').select('action').orderBy('no').execute()).map(
        ({ action }) => action,
      ),
    async [Symbol.asyncDispose]() {
      webhooks.close()
      await fresh[Symbol.asyncDispose]()
    },
  }
}
