/** Reminders of invoices of two manufacturers in different zones; the clock jumps. */
import { expect, it } from 'vitest'
import { DAY_MS } from '../../core/index.ts'
import { openFreshLedger } from '../../test/setup/fresh-ledger.ts'
import { mailReminders } from './mail-reminders.ts'

/** Due on 1 November: the first reminder is due on the 8th, from nine in the morning on. */
function openWorld() {
  const fixture = openFreshLedger()
  const { ledger, byHand } = fixture
  const clock = { at: Date.parse('2026-11-08T07:45:00Z'), now: () => clock.at }
  byHand.exec(`
    UPDATE manufacturers SET time_zone = 'Europe/Berlin' WHERE id = 'man_a';
    UPDATE manufacturers SET time_zone = 'America/New_York' WHERE id = 'man_b'`)
  const add = (manufacturer: string, no: string, dueOn: string | null, billingEmails = '[]') => {
    byHand.exec(`
      INSERT INTO customers (id, manufacturer_id, name, email, billing_emails, language, created_at)
      VALUES ('cus_${no}', '${manufacturer}', 'Bau ${no}', '${no}@s.example', '${billingEmails}', 'de', 0);
      INSERT INTO tariffs (id, manufacturer_id, name, created_at) VALUES ('tar_${no}', '${manufacturer}', 'Drill', 0);
      INSERT INTO contracts (id, manufacturer_id, customer_id, tariff_id, time_zone, anchor_on, cadence_unit, cadence_count, starts_at, created_at)
      VALUES ('con_${no}', '${manufacturer}', 'cus_${no}', 'tar_${no}', 'UTC', '2026-01-01', 'month', 1, 0, 0);
      INSERT INTO invoices (id, manufacturer_id, customer_id, contract_id, status, currency, period_from_at, period_to_at, cutoff_at, total_minor, due_on, created_at)
      VALUES ('inv_${no}', '${manufacturer}', 'cus_${no}', 'con_${no}', 'draft', 'EUR', 1, 2, 2, 0, ${dueOn === null ? 'NULL' : `'${dueOn}'`}, 0);
      INSERT INTO invoice_lines (invoice_id, position, item_id, description, quantity, unit, tax_category, unrounded_amount, amount_minor, explanation)
      VALUES ('inv_${no}', 1, 'base', 'Fee', '1', 'x', 'standard', '10', 1000, '{}');
      UPDATE invoices SET total_minor = 1000 WHERE id = 'inv_${no}';
      UPDATE invoices SET status = 'issued', number = 'N-${no}', issued_at = 1 WHERE id = 'inv_${no}'`)
  }
  return {
    ...fixture,
    clock,
    add,
    async at(text: string) {
      clock.at = Date.parse(text)
      return await mailReminders({ ledger, clock })
    },
    mails: () => byHand.prepare('SELECT to_address, subject, cause FROM mails ORDER BY id').all(),
    levels: () =>
      byHand
        .prepare(
          'SELECT invoice_id, level, open_minor, mail_count FROM invoice_reminders ORDER BY reminded_at, invoice_id',
        )
        .all()
        .map((row) => Object.values(row).join(' ')),
  }
}

it('reminds once a level, in the morning of each manufacturer, of what is open then', async () => {
  await using world = openWorld()
  world.add('man_a', '1', '2026-11-01')
  world.add('man_b', '2', '2026-11-01', '["x@s.example","y@s.example"]')
  world.add('man_a', '3', null)
  expect(await world.at('2026-11-08T07:45:00Z')).toBe(0)
  expect(await world.at('2026-11-08T08:00:00Z')).toBe(1)
  expect(await world.at('2026-11-08T13:45:00Z')).toBe(0)
  expect(await world.at('2026-11-08T14:00:00Z')).toBe(1)
  expect(world.mails()).toEqual([
    {
      to_address: '1@s.example',
      subject: 'Erinnerung: Rechnung N-1 von A ist offen',
      cause: 'reminder inv_1 1',
    },
    ...['x@s.example', 'y@s.example'].map((to_address) => ({
      to_address,
      subject: 'Erinnerung: Rechnung N-2 von B ist offen',
      cause: 'reminder inv_2 1',
    })),
  ])
  world.byHand.exec(`
    INSERT INTO invoice_payments (id, invoice_id, amount_minor, currency, received_on, method, actor_kind, actor_id, actor_name, created_at)
    VALUES ('pay_1', 'inv_1', 400, 'EUR', '2026-11-10', 'cash', 'system', 't', 't', 1)`)
  expect(await world.at('2026-11-15T08:00:00Z')).toBe(1)
  expect(world.levels()).toEqual(['inv_1 1 1000 1', 'inv_2 1 1000 2', 'inv_1 2 600 1'])
  const [mail] = world.byHand.prepare("SELECT data FROM mails WHERE cause = 'reminder inv_1 2'").all()
  expect(JSON.parse(String(mail?.['data']))).toEqual({
    manufacturerName: 'A',
    number: 'N-1',
    level: 2,
    total: '10,00\u00a0€',
    open: '6,00\u00a0€',
    dueOn: '1. November 2026',
    path: '/app/bills/inv_1',
  })
  expect(
    world.byHand.prepare("SELECT count(*) AS n FROM audit_entries WHERE action = 'invoice.reminded'").get(),
  ).toEqual({ n: 3 })
})

it('sends only the newest level after a downtime, and none twice when two processes are at it', async () => {
  await using world = openWorld()
  world.add('man_a', '1', '2026-11-01')
  world.clock.at = Date.parse('2026-11-20T12:00:00Z')
  const counts = await Promise.all([world.at('2026-11-20T12:00:00Z'), world.at('2026-11-20T12:00:00Z')])
  expect(counts.toSorted()).toEqual([0, 1])
  expect(world.levels()).toEqual(['inv_1 2 1000 1'])
  expect(await world.at('2026-11-29T12:00:00Z')).toBe(1)
  expect(await world.at('2027-11-29T12:00:00Z')).toBe(0)
})

it('does not remind of an invoice that is void, written off or paid', async () => {
  await using world = openWorld()
  for (const [no, status] of ['void', 'uncollectible', 'paid'].entries()) {
    world.add('man_a', `${no}`, '2026-11-01')
    world.byHand.exec(`UPDATE invoices SET status = '${status}', paid_at = 3 WHERE id = 'inv_${no}'`)
  }
  expect(await world.at('2026-12-29T12:00:00Z')).toBe(0)
})

it('follows the days of the manufacturer, and leaves a row where nobody can be mailed', async () => {
  await using world = openWorld()
  world.add('man_a', '1', '2026-11-01')
  world.byHand.exec("UPDATE manufacturers SET reminder_days = '[]' WHERE id = 'man_a'")
  expect(await world.at('2026-12-29T12:00:00Z')).toBe(0)
  world.byHand.exec("UPDATE manufacturers SET reminder_days = '[100]' WHERE id = 'man_a'")
  expect(await world.at('2026-12-29T12:00:00Z')).toBe(0)
  world.byHand.exec("UPDATE customers SET email = 'nobody' WHERE id = 'cus_1'")
  expect(await world.at(new Date(Date.parse('2026-11-01T12:00:00Z') + 100 * DAY_MS).toISOString())).toBe(1)
  expect(world.levels()).toEqual(['inv_1 1 1000 0'])
})

it('reminds nobody while a payment is on its way, and does once it has failed', async () => {
  await using world = openWorld()
  world.add('man_a', '1', '2026-11-01')
  world.byHand.exec(`
    INSERT INTO stripe_payment_states
      (invoice_id, status, collected_minor, refunded_minor, remaining_minor, attempt_count, is_processing, checked_at)
    VALUES ('inv_1', 'open', 0, 0, 1000, 1, 1, 0)`)
  expect(await world.at('2026-11-08T08:00:00Z')).toBe(0)
  world.byHand.exec(`UPDATE stripe_payment_states SET is_processing = 0`)
  expect(await world.at('2026-11-08T09:00:00Z')).toBe(1)
})
