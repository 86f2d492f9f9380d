import { describe, expect, it } from 'vitest'
import type { ManufacturerId } from '../core/index.ts'
import { openFreshLedger } from '../test/setup/fresh-ledger.ts'
import { enqueueMail, fixContent, takeMail, endAttempt } from './outbox.ts'
import { getMail, repeatMail } from './read-mails.ts'
import { MAX_BOUNCE_BYTES, readBounce } from './read-bounce.ts'
import { recordBounce } from './record-bounce.ts'

const at = Date.parse('2026-11-20T08:00:00Z')
const acme = 'man_a' as ManufacturerId
const key = '0123456789abcdefghjkmnpqrs'
const otherKey = 'zzzzzzzzzzzzzzzzzzzzzzzzzz'

/** One mail that was sent with `key`. */
async function openWorld() {
  const fixture = openFreshLedger()
  const { ledger } = fixture
  const id = await ledger.transaction().execute((transaction) =>
    enqueueMail(transaction, {
      template: 'digest',
      data: { organisationName: 'Acme', items: [], path: '/app/' },
      to: { address: 'kim@site.example' },
      language: 'en',
      manufacturerId: acme,
      at,
    }),
  )
  const row = await takeMail(ledger, at)
  if (row === undefined || id === undefined) throw new Error('the mail is not there')
  const messageId = `<mail.${id}.${key}@usance.example>`
  await fixContent(ledger, id, { messageId, bounceKey: key, text: 'Hello', html: '<p>Hello</p>' })
  await endAttempt(ledger, row, { kind: 'sent' }, at + 1_000)
  return {
    fixture,
    mailId: Number(id),
    record: (message: string) =>
      recordBounce(ledger, Buffer.from(message.replaceAll('\n', '\r\n')), at + 60_000),
    find: () => getMail(ledger, acme, Number(id), 'https://usance.example'),
    [Symbol.asyncDispose]: () => fixture[Symbol.asyncDispose](),
  }
}

function postfixReport({
  to = `bounces+${key}@usance.example`,
  action = 'failed',
  returned = '',
} = {}): string {
  return `Return-Path: <>
Date: Fri, 20 Nov 2026 08:02:11 +0000 (UTC)
From: MAILER-DAEMON@mx.usance.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: ${to}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="4F1B2C0A5E.1795161731/mx.usance.example"
Message-Id: <20261120080211.5A1B2C0A60@mx.usance.example>

This is a MIME-encapsulated message.

--4F1B2C0A5E.1795161731/mx.usance.example
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.usance.example.

<kim@site.example>: host mx.site.example[192.0.2.7] said: 550 5.1.1
    <kim@site.example>: Recipient address rejected: User unknown

--4F1B2C0A5E.1795161731/mx.usance.example
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.usance.example
X-Postfix-Queue-ID: 4F1B2C0A5E
X-Postfix-Sender: rfc822; bounces@usance.example
Arrival-Date: Fri, 20 Nov 2026 08:00:01 +0000 (UTC)

Final-Recipient: rfc822; kim@site.example
Original-Recipient: rfc822;kim@site.example
Action: ${action}
Status: 5.1.1
Remote-MTA: dns; mx.site.example
Diagnostic-Code: smtp; 550 5.1.1 <kim@site.example>: Recipient address
    rejected: User unknown

--4F1B2C0A5E.1795161731/mx.usance.example
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

From: Acme <bills@acme.example>
To: kim@site.example
Subject: What needs you at Acme
${returned}
--4F1B2C0A5E.1795161731/mx.usance.example--
`
}

/** Exchange writes to whom it likes, encodes the report, and calls the original an attachment. */
function exchangeReport({
  envelopeId = '',
  returned = `Message-ID: <mail.1.${key}@usance.example>`,
} = {}): string {
  const status = `Reporting-MTA: dns;EX01.site.example
Received-From-MTA: dns;mx.usance.example
${envelopeId}Arrival-Date: Fri, 20 Nov 2026 08:00:03 +0000

Final-Recipient: rfc822;kim@site.example
Action: failed
Status: 5.2.2
Diagnostic-Code: smtp;554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException
X-Display-Name: Kim Roth
`
  return `From: <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@site.example>
To: <bills@acme.example>
Date: Fri, 20 Nov 2026 08:05:00 +0000
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="_outer_"
X-MS-Exchange-Message-Is-Ndr:
Content-Language: en-US
Subject: Undeliverable: What needs you at Acme
Auto-Submitted: auto-replied
MIME-Version: 1.0

--_outer_
Content-Type: multipart/alternative; differences=Content-Type;
\tboundary="_inner_"

--_inner_
Content-Type: text/plain; charset="us-ascii"
Content-Transfer-Encoding: quoted-printable

Delivery has failed to these recipients or groups:=0A=

--_inner_
Content-Type: text/html; charset="us-ascii"

<p>Delivery has failed to these recipients or groups:</p>

--_inner_--

--_outer_
Content-Type: message/delivery-status
Content-Transfer-Encoding: base64

${Buffer.from(status.replaceAll('\n', '\r\n')).toString('base64')}

--_outer_
Content-Type: message/rfc822

Received: from mx.usance.example (192.0.2.1) by EX01.site.example
From: Acme <bills@acme.example>
To: <kim@site.example>
Subject: What needs you at Acme
${returned}

--_outer_--
`
}

describe('a report of failed delivery', () => {
  it('as Postfix writes it makes the mail bounced, with the reason, and keeps when it was sent', async () => {
    await using world = await openWorld()
    const problem = '5.1.1: 550 5.1.1 <kim@site.example>: Recipient address rejected: User unknown'
    expect(await world.record(postfixReport())).toEqual({ kind: 'bounced', mailId: world.mailId, problem })
    expect(await world.find()).toMatchObject({ state: 'bounced', problem, sentAt: at + 1_000 })
  })

  it('as Exchange writes it is matched by the Message-ID of the mail that comes back', async () => {
    await using world = await openWorld()
    expect(await world.record(exchangeReport())).toEqual({
      kind: 'bounced',
      mailId: world.mailId,
      problem: '5.2.2: 554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException',
    })
  })

  it('is matched by the id of the envelope, where it says one', async () => {
    await using world = await openWorld()
    const report = exchangeReport({ envelopeId: `Original-Envelope-Id: ${key}\n`, returned: '' })
    expect(await world.record(report)).toMatchObject({ kind: 'bounced', mailId: world.mailId })
  })

  it('is found below the address that the mail server was given', async () => {
    await using world = await openWorld()
    const report = `Delivered-To: bounces+${key}@usance.example\n${postfixReport({ to: 'postmaster@usance.example' })}`
    expect(await world.record(report)).toMatchObject({ kind: 'bounced' })
  })

  it('changes nothing the second time, nor while the mail waits to be sent again', async () => {
    await using world = await openWorld()
    await world.record(postfixReport())
    const unchanged = { kind: 'unchanged', mailId: world.mailId }
    expect(await world.record(postfixReport())).toEqual(unchanged)
    const { ledger } = world.fixture
    await ledger.transaction().execute((each) => repeatMail(each, acme, world.mailId, at + 9_000))
    expect(await world.record(postfixReport())).toEqual(unchanged)
    expect(await world.find()).toMatchObject({ state: 'waiting', sentAt: undefined })
  })

  it.each([
    ['a mail that there is not', postfixReport({ to: `bounces+${otherKey}@usance.example` }), 'unknown_mail'],
    ['no mail at all', postfixReport({ to: 'bounces@usance.example' }), 'unknown_mail'],
    ['a number instead of the key', postfixReport({ to: 'bounces+1@usance.example' }), 'unknown_mail'],
    [
      'a Message-ID with the number alone',
      exchangeReport({ returned: 'Message-ID: <mail.1.1795161731@usance.example>' }),
      'unknown_mail',
    ],
    ['a mail that is delayed', postfixReport({ action: 'delayed' }), 'not_final'],
    ['a mail that was handed on', postfixReport({ action: 'relayed' }), 'not_final'],
  ])('for %s leaves the mail as it is', async (_what, report, kind) => {
    await using world = await openWorld()
    expect(await world.record(report)).toEqual({ kind })
    expect(await world.find()).toMatchObject({ state: 'sent', problem: undefined })
  })
})

describe('what is no report', () => {
  const answer = `From: kim@site.example
To: bounces+${key}@usance.example
Subject: Re: What needs you at Acme
`
  it.each([
    ['an answer of a person', `${answer}\nThanks, Action: failed\n`],
    ['an absence note', `${answer}Auto-Submitted: auto-replied\n\nI am away until Monday.\n`],
    [
      'a forwarded report',
      `${answer}MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="f"\n\n--f\nContent-Type: message/rfc822\n\n${postfixReport()}\n--f--\n`,
    ],
    [
      'a report that a mail was read',
      `${answer}Content-Type: multipart/report; report-type=disposition-notification; boundary="f"\n\n--f\nContent-Type: message/disposition-notification\n\nFinal-Recipient: rfc822;kim@site.example\n\n--f--\n`,
    ],
    ['a report without a status', postfixReport().replace('message/delivery-status', 'text/plain')],
    ['nothing', ''],
    ['bytes', '\u0000\u0001\uFFFD'.repeat(5_000)],
    ['a header without end', `Subject: ${'x'.repeat(3 * 1024 * 1024)}`],
  ])('is passed over: %s', async (_what, message) => {
    expect(await readBounce(Buffer.from(message.replaceAll('\n', '\r\n')))).toBe(undefined)
  })

  it('is a report of which the first megabyte is read, however long the mail that comes back', async () => {
    const long = postfixReport({ returned: `\n${'x'.repeat(70)}\n`.repeat(MAX_BOUNCE_BYTES / 70) })
    expect(await readBounce(Buffer.from(long))).toMatchObject({
      keys: [key],
      problem: expect.stringMatching(/^5\.1\.1: /),
    })
  })
})
