import { describe, expect, it } from 'vitest'
import { rightsOfRole } from '../../people/index.ts'
import { writeDigest, type DigestFacts } from './write-digest.ts'

const nothing: DigestFacts = {
  openHolds: 0,
  silentDevices: 0,
  invoicesIssued: 0,
  invoicesNotMailed: 0,
  mailsFailed: 0,
  webhooksOff: 0,
  failedJobs: [],
}
const everything: DigestFacts = {
  openHolds: 3,
  silentDevices: 1,
  invoicesIssued: 12,
  invoicesNotMailed: 2,
  mailsFailed: 1,
  webhooksOff: 1,
  failedJobs: ['billing_run', 'stripe_sync'],
}
const since = { at: Date.parse('2026-11-25T06:00:00Z'), timeZone: 'Europe/Berlin' }
const admin = rightsOfRole.manufacturer_admin

describe('the digest', () => {
  it('says in English what needs somebody', () => {
    expect(writeDigest(everything, since, 'en', admin)).toEqual([
      '3 holds wait for a decision.',
      '1 device has not been heard of for a day or longer.',
      '12 invoices were issued since 25 November 2026 at 07:00.',
      '2 of them could be mailed to nobody: the customer has no e-mail address that mail can go to.',
      '1 mail came back or could not be sent since 25 November 2026 at 07:00.',
      '1 webhook endpoint was switched off since 25 November 2026 at 07:00: nothing could be delivered there.',
      'The last run failed of: billing_run, stripe_sync.',
    ])
  })

  it('says in German what needs somebody', () => {
    expect(writeDigest(everything, since, 'de', admin)).toEqual([
      '3 zurückgehaltene Werte warten auf eine Entscheidung.',
      'Von 1 Gerät war seit einem Tag oder länger nichts zu hören.',
      'Seit 25. November 2026 um 07:00 wurden 12 Rechnungen ausgestellt.',
      '2 davon an niemanden gemailt: der Kunde hat keine E-Mail-Adresse, an die eine Mail gehen kann.',
      'Seit 25. November 2026 um 07:00 kam 1 Mail zurück oder ließ sich nicht senden.',
      'Seit 25. November 2026 um 07:00 wurde 1 Webhook-Endpunkt abgeschaltet: dort kam nichts an.',
      'Der letzte Lauf ist gescheitert von: billing_run, stripe_sync.',
    ])
  })

  it('tells an operator nothing about bills and mails, which he has no right to read', () => {
    expect(writeDigest(everything, since, 'en', rightsOfRole.operator)).toEqual([
      '3 holds wait for a decision.',
      '1 device has not been heard of for a day or longer.',
      'The last run failed of: billing_run, stripe_sync.',
    ])
  })

  it('has nothing to say about what is zero', () => {
    expect(writeDigest(nothing, since, 'de', admin)).toEqual([])
    expect(writeDigest({ ...nothing, openHolds: 1 }, since, 'en', admin)).toEqual([
      '1 hold waits for a decision.',
    ])
  })
})
