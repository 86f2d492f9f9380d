/** What the pages of an office show. */
import type { Customer } from '../src/api/customers.ts'
import type { AuditEntry } from '../src/api/audit.ts'
import type { MailWithBody } from '../src/api/mails.ts'
import { setupSteps, type ApiKey, type Job, type Manufacturer, type SetupStep } from '../src/api/office.ts'
import type { Colleague } from '../src/api/people.ts'

export const customer: Customer = {
  id: 'cus_1',
  reference: 'K-1007',
  name: 'Tunnelbau Linz',
  email: 'mara@tunnelbau.example',
  legalName: 'Tunnelbau Linz GmbH',
  taxId: 'ATU12345678',
  purchaseOrderNumber: null,
  language: 'de',
  currency: 'EUR',
  billingEmails: ['rechnung@tunnelbau.example'],
  address: { lines: ['Hafenstraße 12'], postalCode: '4020', city: 'Linz', country: 'AT' },
  taxTreatment: null,
  taxPlace: null,
  collectionMethod: 'charge_automatically',
  createdAt: '2026-01-02T09:00:00Z',
}

export const colleagues: readonly Colleague[] = [
  {
    membershipId: 'mem_3',
    personId: 'per_2',
    name: 'Jo Berg',
    email: 'jo@bohrwerk.example',
    role: 'manufacturer_admin',
    customerId: null,
    state: 'active',
    invitedAt: '2026-01-01T09:00:00Z',
    lastSignInAt: '2026-11-26T07:12:00Z',
  },
  {
    membershipId: 'mem_4',
    personId: 'per_3',
    name: 'Ida Lang',
    email: 'ida@bohrwerk.example',
    role: 'finance',
    customerId: null,
    state: 'invited',
    invitedAt: '2026-11-25T09:00:00Z',
    lastSignInAt: null,
  },
]

export const customersPeople: readonly Colleague[] = [
  {
    membershipId: 'mem_1',
    personId: 'per_1',
    name: 'Mara Steiner',
    email: 'mara@tunnelbau.example',
    role: 'customer_owner',
    customerId: 'cus_1',
    state: 'active',
    invitedAt: '2026-01-03T09:00:00Z',
    lastSignInAt: '2026-11-26T18:40:00Z',
  },
]

export const apiKeys: readonly ApiKey[] = [
  {
    id: 'key_1',
    label: 'ERP export',
    scopes: ['bills:read', 'customers:read'],
    createdAt: '2026-02-01T09:00:00Z',
    expiresAt: null,
    lastUsedAt: '2026-11-26T03:00:00Z',
    revokedAt: null,
  },
]

export const auditEntries: readonly AuditEntry[] = [
  {
    no: 214,
    at: '2026-11-26T07:15:00Z',
    actor: { kind: 'person', id: 'per_2', name: 'Jo Berg' },
    action: 'customer.changed',
    subject: { kind: 'customer', id: 'cus_1' },
    before: { taxId: null, address: { city: 'Wels', country: 'AT' }, billingEmails: [] },
    after: {
      taxId: 'ATU12345678',
      address: { city: 'Linz', country: 'AT' },
      billingEmails: ['rechnung@tunnelbau.example'],
    },
    reason: null,
    hash: 'c1f0',
  },
  {
    no: 213,
    at: '2026-11-26T00:00:10Z',
    actor: { kind: 'system', id: 'billing_run', name: 'billing run' },
    action: 'invoice.issued',
    subject: { kind: 'invoice', id: 'inv_1' },
    before: null,
    after: null,
    reason: null,
    hash: 'b2e9',
  },
]

export const mails: readonly MailWithBody[] = [
  {
    id: 2,
    to: 'ida@bohrwerk.example',
    template: 'invitation',
    language: 'de',
    subject: 'Ihre Einladung zu Usance',
    state: 'failed',
    attempts: 5,
    nextAttemptAt: null,
    sentAt: null,
    problem: '550 mailbox unknown',
    createdAt: '2026-11-25T09:00:00Z',
    text: null,
    html: null,
  },
  {
    id: 1,
    to: 'mara@tunnelbau.example',
    template: 'invoice',
    language: 'de',
    subject: 'Rechnung BW-2026-0042',
    state: 'sent',
    attempts: 1,
    nextAttemptAt: null,
    sentAt: '2026-11-01T02:00:00Z',
    problem: null,
    createdAt: '2026-11-01T02:00:00Z',
    text: 'Guten Tag Mara Steiner,\n\nIhre Rechnung BW-2026-0042 über 1.389,02 € ist da.\n\nBohrwerk GmbH',
    html: '<h1>Ihre Rechnung</h1><p>BW-2026-0042 über <b>1.389,02 €</b></p><script>top.document.title = "ran"</script>',
  },
]

export const jobs: readonly Job[] = [
  {
    name: 'billing_run',
    schedule: '5 * * * *',
    lastStartedAt: '2026-11-26T20:05:00Z',
    lastFinishedAt: '2026-11-26T20:05:01Z',
    lastOutcome: 'done',
    lastDetail: '0 issued, 1 waiting',
    nextRunAt: '2026-11-26T21:05:00Z',
    isRunning: false,
  },
]

export const manufacturer: Manufacturer = {
  id: 'man_1',
  name: 'Bohrwerk GmbH',
  currency: 'EUR',
  timeZone: 'Europe/Vienna',
  languages: ['en', 'de'],
  seller: null,
  mailSender: { name: 'Bohrwerk', address: 'bills@bohrwerk.example' },
  invoicePrefix: 'BW',
  reminderDays: [7, 14, 28],
  paymentTermDays: 14,
  hasDigest: true,
  stripe: { isConnected: true, mode: 'test' },
  createdAt: '2026-01-01T08:00:00Z',
}

export function setup(done: ReadonlySet<SetupStep>) {
  const steps = setupSteps.map((id) => ({ id, isDone: done.has(id) }))
  return { steps, isComplete: steps.every(({ isDone }) => isDone), mqttPort: 2_883 }
}
