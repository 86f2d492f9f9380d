/** The morning's mails of two manufacturers, by a job of the calendar whose clock jumps. */
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { DAY_MS, HOUR_MS, MINUTE_MS, secureRandomBytes } from '../../core/index.ts'
import { createSchedule } from '../../schedule/index.ts'
import { openFreshLedger } from '../../test/setup/fresh-ledger.ts'
import { mailDigests } from './mail-digests.ts'

/** Friday, 08:00 in Berlin, 02:00 in New York. */
const begin = Date.parse('2026-11-20T07:00:00Z')
/** 07:00 of the next day in Berlin and in New York. */
const berlin = Date.parse('2026-11-21T06:00:00Z')
const newYork = Date.parse('2026-11-21T12:00:00Z')

type Person = {
  email: string
  role: string
  manufacturerId?: string
  language?: 'en' | 'de'
  accepted?: number | null
}

/** man_a is in Berlin, man_b in New York; both have an administrator, and holds that nobody has decided about. */
function openWorld() {
  const fixture = openFreshLedger()
  const { ledger, byHand } = fixture
  const clock = { at: begin, now: () => clock.at }
  const counts = { openHolds: 3, silent: 0 }
  const failedJobs: string[] = []
  const fleet = { devices: 9, online: 9, offline: 0, neverSeen: 0, revoked: 0, openAlarms: 0 }
  const parts = {
    ledger,
    metering: { countFleet: async () => ({ ...fleet, ...counts }) },
    clock,
    listFailedJobs: async () => failedJobs,
  }
  const addPerson = ({ email, role, manufacturerId = 'man_a', language = 'en', accepted = 1 }: Person) => {
    byHand
      .prepare(
        "INSERT INTO people (id, email, name, language, created_at, updated_at) VALUES (?, ?, 'Jo', ?, '', '')",
      )
      .run(email, email, language)
    byHand
      .prepare(
        "INSERT INTO memberships (id, person_id, role, manufacturer_id, invited_name, invited_at, accepted_at) VALUES (?, ?, ?, ?, 'Jo', 0, ?)",
      )
      .run(email, email, role, manufacturerId, accepted)
  }
  byHand.exec("UPDATE manufacturers SET time_zone = 'Europe/Berlin' WHERE id = 'man_a'")
  byHand.exec("UPDATE manufacturers SET time_zone = 'America/New_York' WHERE id = 'man_b'")
  addPerson({ email: 'ada@a.example', role: 'manufacturer_admin', language: 'de' })
  addPerson({ email: 'bob@b.example', role: 'manufacturer_admin', manufacturerId: 'man_b' })
  /** As another process would have one. */
  const open = () =>
    createSchedule({
      ledger,
      clock,
      randomBytes: secureRandomBytes,
      log: pino({ level: 'silent' }),
      jobs: [
        {
          name: 'digest',
          calendar: { cron: '*/15 * * * *', timeZone: 'UTC' },
          run: async () => `${await mailDigests(parts)} digests mailed.`,
        },
      ],
    })
  return {
    ...fixture,
    clock,
    counts,
    failedJobs,
    parts,
    addPerson,
    open,
    async at(schedule: ReturnType<typeof open>, at: number) {
      clock.at = at
      const before = byHand.prepare('SELECT coalesce(max(id), 0) AS id FROM mails').get() as { id: number }
      await schedule.runDue()
      const rows = byHand.prepare('SELECT to_address FROM mails WHERE id > ? ORDER BY id').all(before.id)
      return rows.map((row) => row['to_address'])
    },
    items: () =>
      byHand
        .prepare('SELECT data FROM mails ORDER BY id')
        .all()
        .map(({ data }) => (JSON.parse(String(data)) as { items: string[] }).items),
  }
}

describe('the digest', () => {
  it('comes at 7 in each manufacturer’s own morning, once', async () => {
    await using world = openWorld()
    const schedule = world.open()
    const mailed: [string, unknown][] = []
    for (let at = begin; at < begin + 2 * DAY_MS; at += 15 * MINUTE_MS) {
      for (const to of await world.at(schedule, at)) mailed.push([new Date(at).toISOString(), to])
    }
    expect(mailed).toEqual([
      ['2026-11-20T12:00:00.000Z', 'bob@b.example'],
      ['2026-11-21T06:00:00.000Z', 'ada@a.example'],
      ['2026-11-21T12:00:00.000Z', 'bob@b.example'],
      ['2026-11-22T06:00:00.000Z', 'ada@a.example'],
    ])
    const [first] = world.byHand
      .prepare('SELECT template, language, subject, manufacturer_id FROM mails WHERE id = 2')
      .all()
    expect(first).toEqual({
      template: 'digest',
      language: 'de',
      subject: 'Was Sie bei A braucht',
      manufacturer_id: 'man_a',
    })
    expect(world.items()[1]).toEqual(['3 zurückgehaltene Werte warten auf eine Entscheidung.'])
  })

  it('tells of webhook endpoints that were switched off by themselves, not by hand', async () => {
    await using world = openWorld()
    await mailDigests(world.parts)
    for (const [id, reason] of [
      ['whe_1', 'gone'],
      ['whe_2', 'failing'],
      ['whe_3', 'by_hand'],
      ['whe_4', 'removed'],
    ]) {
      world.byHand.exec(
        `INSERT INTO webhook_endpoints (id, manufacturer_id, url, description, state, off_reason, off_at, secret_encrypted, created_at)
         VALUES ('${id}', 'man_a', 'https://example.com', '', 'off', '${reason}', ${begin + 1}, x'00', 1)`,
      )
    }
    world.clock.at = begin + 2 * DAY_MS
    await mailDigests(world.parts)
    expect(world.items().flat()).toContainEqual(expect.stringMatching(/2 Webhook-Endpunkte abgeschaltet/))
  })

  it('comes once after days of downtime and once when the clock jumps, not again when it jumps back', async () => {
    await using world = openWorld()
    await world.at(world.open(), begin + MINUTE_MS)
    await world.at(world.open(), begin + 15 * MINUTE_MS)
    expect(await world.at(world.open(), begin + 9 * DAY_MS)).toEqual(['ada@a.example', 'bob@b.example'])
    const schedule = world.open()
    expect(await world.at(schedule, begin + 9 * DAY_MS + MINUTE_MS)).toEqual([])
    expect(await world.at(schedule, begin + 10 * DAY_MS)).toEqual(['ada@a.example', 'bob@b.example'])
    expect(await world.at(schedule, begin + 9 * DAY_MS)).toEqual([])
    expect(await world.at(schedule, begin + 10 * DAY_MS + 15 * MINUTE_MS)).toEqual([])
  })

  it('goes on the next morning after a clock that was years ahead is set right', async () => {
    await using world = openWorld()
    await mailDigests(world.parts)
    world.clock.at = begin + 2_000 * DAY_MS
    expect(await mailDigests(world.parts)).toBe(2)
    world.clock.at = begin
    expect(await mailDigests(world.parts)).toBe(0)
    world.clock.at = newYork
    expect(await mailDigests(world.parts)).toBe(2)
  })

  it('comes once when two processes are at it, and when its run is repeated after a crash', async () => {
    await using world = openWorld()
    await mailDigests(world.parts)
    world.clock.at = berlin
    expect((await Promise.all([mailDigests(world.parts), mailDigests(world.parts)])).toSorted()).toEqual([
      0, 2,
    ])
    expect(await mailDigests(world.parts)).toBe(0)
  })

  it('leaves the instant to be taken again when it dies before the commit', async () => {
    await using world = openWorld()
    await mailDigests(world.parts)
    world.clock.at = berlin
    world.byHand.exec(
      "CREATE TRIGGER dies BEFORE INSERT ON mails WHEN NEW.to_address = 'bob@b.example' BEGIN SELECT raise(ABORT, 'killed'); END",
    )
    await expect(mailDigests(world.parts)).rejects.toThrow('killed')
    world.byHand.exec('DROP TRIGGER dies')
    expect(await mailDigests(world.parts)).toBe(1)
    expect(world.byHand.prepare('SELECT to_address FROM mails ORDER BY id').all()).toEqual([
      { to_address: 'ada@a.example' },
      { to_address: 'bob@b.example' },
    ])
  })

  it('is for administrators and operators who have come, and tells each what he may know', async () => {
    await using world = openWorld()
    world.counts.openHolds = 0
    world.addPerson({ email: 'op@a.example', role: 'operator' })
    world.addPerson({ email: 'fin@a.example', role: 'finance' })
    world.addPerson({ email: 'new@a.example', role: 'operator', accepted: null })
    world.byHand.exec("DELETE FROM memberships WHERE manufacturer_id = 'man_b'")
    await mailDigests(world.parts)
    const failed = `INSERT INTO mails (manufacturer_id, template, language, to_address, subject, is_secret, state, give_up_at, failed_at, created_at)
      VALUES (?, 'digest', 'en', 'x@x.example', '', 0, 'failed', 0, ?, 0)`
    world.byHand.prepare(failed).run('man_a', begin + HOUR_MS)
    world.byHand.prepare(failed).run('man_a', begin - HOUR_MS)
    world.byHand.prepare(failed).run('man_b', begin + HOUR_MS)
    world.clock.at = berlin
    expect(await mailDigests(world.parts)).toBe(1)
    world.failedJobs.push('mail_send')
    world.clock.at = berlin + DAY_MS
    expect(await mailDigests(world.parts)).toBe(2)
    const mails = world.byHand
      .prepare("SELECT to_address, data FROM mails WHERE state = 'waiting' ORDER BY id")
      .all()
    expect(
      mails.map(({ to_address, data }) => [
        to_address,
        (JSON.parse(String(data)) as { items: string[] }).items,
      ]),
    ).toEqual([
      ['ada@a.example', ['Seit 20. November 2026 um 08:00 kam 1 Mail zurück oder ließ sich nicht senden.']],
      ['ada@a.example', ['Der letzte Lauf ist gescheitert von: mail_send.']],
      ['op@a.example', ['The last run failed of: mail_send.']],
    ])
  })

  it('counts the invoices that were issued since the one before, and those that were mailed to nobody', async () => {
    await using world = openWorld()
    world.counts.openHolds = 0
    await mailDigests(world.parts)
    world.byHand.exec(`
      INSERT INTO customers (id, manufacturer_id, name, email, created_at) VALUES ('cus_1', 'man_a', 'Site', 's@s.example', 0);
      INSERT INTO tariffs (id, manufacturer_id, name, created_at) VALUES ('tar_1', 'man_a', 'Drill', 0);
      INSERT INTO contracts (id, manufacturer_id, customer_id, tariff_id, time_zone, anchor_on, cadence_unit, cadence_count, starts_at, created_at)
      VALUES ('con_1', 'man_a', 'cus_1', 'tar_1', 'UTC', '2026-01-01', 'month', 1, 0, 0)`)
    for (const [n, issuedAt] of [
      [1, begin - HOUR_MS],
      [2, begin + HOUR_MS],
      [3, begin + 2 * HOUR_MS],
    ] as const) {
      world.byHand
        .prepare(
          `INSERT INTO invoices (id, manufacturer_id, customer_id, contract_id, status, currency, period_from_at, period_to_at, cutoff_at, total_minor, created_at)
           VALUES (?, 'man_a', 'cus_1', 'con_1', 'draft', 'EUR', ?, ?, ?, 0, 0)`,
        )
        .run(`inv_${n}`, n, n + 1, n + 1)
      world.byHand
        .prepare("UPDATE invoices SET status = 'issued', number = ?, issued_at = ? WHERE id = ?")
        .run(`A-${n}`, issuedAt, `inv_${n}`)
    }
    for (const to of ['a@s.example', 'b@s.example']) {
      world.byHand
        .prepare(
          `INSERT INTO mails (manufacturer_id, template, language, to_address, subject, is_secret, cause, state, give_up_at, sent_at, created_at)
           VALUES ('man_a', 'invoice_issued', 'en', ?, '', 0, 'invoice inv_2', 'sent', 0, 1, 0)`,
        )
        .run(to)
    }
    world.clock.at = berlin
    expect(await mailDigests(world.parts)).toBe(1)
    const [mail] = world.byHand.prepare("SELECT data FROM mails WHERE template = 'digest'").all()
    expect(JSON.parse(String(mail?.['data']))).toMatchObject({
      items: [
        'Seit 20. November 2026 um 08:00 wurden 2 Rechnungen ausgestellt.',
        '1 davon an niemanden gemailt: der Kunde hat keine E-Mail-Adresse, an die eine Mail gehen kann.',
      ],
    })
  })

  it('does not come where nothing needs anybody, nor where it is switched off, and brings no old news when it is on again', async () => {
    await using world = openWorld()
    await mailDigests(world.parts)
    world.byHand.exec("UPDATE manufacturers SET has_digest = 0 WHERE id = 'man_a'")
    world.clock.at = newYork
    expect(await mailDigests(world.parts)).toBe(1)
    world.byHand.exec("UPDATE manufacturers SET has_digest = 1 WHERE id = 'man_a'")
    expect(await mailDigests(world.parts)).toBe(0)
    world.counts.openHolds = 0
    world.clock.at = newYork + DAY_MS
    expect(await mailDigests(world.parts)).toBe(0)
    world.counts.silent = 2
    world.clock.at = newYork + 2 * DAY_MS
    expect(await mailDigests(world.parts)).toBe(2)
  })
})
