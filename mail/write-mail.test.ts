import { describe, expect, it } from 'vitest'
import { mailErrors } from './errors.ts'
import { getMailAddress, parseMailAddress } from './mail-address.ts'
import { mailTemplates, type MailData, type MailLanguage, type MailTemplate } from './mail-templates.ts'
import { pauseAfter } from './outbox.ts'
import { toMailBody, writeMail } from './write-mail.ts'

const publicUrl = 'https://usance.example'
const data: MailData = {
  sign_in_code: { code: '482911', validMinutes: 10 },
  invitation: { inviterName: 'Jo Berg', organisationName: 'Acme', path: '/invite/tok', validDays: 7 },
  admin_link: { path: '/enter/tok', validDays: 7 },
  invoice_issued: {
    manufacturerName: 'Acme',
    number: 'ACME-7',
    total: '€4.90',
    period: '1–31 October 2026',
    path: '/app/bills/inv_1',
  },
  credit_note_issued: {
    manufacturerName: 'Acme',
    number: 'ACME-C-2',
    invoiceNumber: 'ACME-7',
    reason: 'Two days of rain',
    total: '€0.60',
    path: '/app/bills/inv_1',
  },
  invoice_reminder: {
    manufacturerName: 'Acme',
    number: 'ACME-7',
    level: 2,
    total: '€4.90',
    open: '€2.90',
    dueOn: '15 November 2026',
    path: '/app/bills/inv_1',
  },
  digest: { organisationName: 'Acme', items: ['3 holds wait for a decision.'], path: '/' },
}

function write<Name extends MailTemplate>(template: Name, language: MailLanguage, own = data[template]) {
  const written = writeMail(template, language, own)
  return { subject: written.subject, ...toMailBody(written, language, publicUrl) }
}

describe('the templates', () => {
  it.each<[MailTemplate, MailLanguage, string, string]>([
    ['sign_in_code', 'en', 'Your code for signing in', '482911'],
    ['sign_in_code', 'de', 'Ihr Code zum Anmelden', 'Er gilt 10 Minuten und nur einmal.'],
    ['invitation', 'en', 'Invitation to Acme', 'Accept the invitation: https://usance.example/invite/tok'],
    ['invitation', 'de', 'Einladung zu Acme', 'Jo Berg lädt Sie zu Acme ein.'],
    ['admin_link', 'en', 'Your link for signing in', 'Sign in: https://usance.example/enter/tok'],
    ['admin_link', 'de', 'Ihr Link zum Anmelden', 'Anmelden: https://usance.example/enter/tok'],
    [
      'invoice_issued',
      'en',
      'Invoice ACME-7 from Acme',
      'Acme has issued invoice ACME-7 for 1–31 October 2026.',
    ],
    [
      'invoice_issued',
      'de',
      'Rechnung ACME-7 von Acme',
      'Acme hat die Rechnung ACME-7 für 1–31 October 2026 ausgestellt.',
    ],
    ['invoice_issued', 'en', 'Invoice ACME-7 from Acme', 'Total: €4.90'],
    ['invoice_issued', 'de', 'Rechnung ACME-7 von Acme', 'Summe: €4.90'],
    [
      'credit_note_issued',
      'en',
      'Credit note ACME-C-2 from Acme',
      'Acme gives back €0.60 of invoice ACME-7.',
    ],
    [
      'credit_note_issued',
      'de',
      'Gutschrift ACME-C-2 von Acme',
      'Acme gibt €0.60 der Rechnung ACME-7 zurück.',
    ],
    [
      'invoice_reminder',
      'en',
      'Reminder 2: invoice ACME-7 from Acme is open',
      'Invoice ACME-7 was to be paid by 15 November 2026, and €2.90 of it is still open.',
    ],
    [
      'invoice_reminder',
      'de',
      '2. Erinnerung: Rechnung ACME-7 von Acme ist offen',
      'Die Rechnung ACME-7 war bis zum 15 November 2026 zu zahlen, und davon sind noch €2.90 offen.',
    ],
    ['digest', 'en', 'What needs you at Acme', '3 holds wait for a decision.'],
    ['digest', 'de', 'Was Sie bei Acme braucht', 'Usance öffnen: https://usance.example/'],
  ])('write %s in %s with subject and text', (template, language, subject, sentence) => {
    const mail = write(template, language)
    expect(mail.subject).toBe(subject)
    expect(mail.text.split('\n')).toContain(sentence)
    expect(mail.html).toContain(`<html lang="${language}">`)
  })

  it('write the whole text and HTML of a code', () => {
    expect(write('sign_in_code', 'en')).toEqual({
      subject: 'Your code for signing in',
      text: `This is your code for signing in:

482911

It is valid for 10 minutes and works once.

If you did not ask for it, ignore this mail: without the code nobody gets in.
`,
      html: `<!doctype html>
<html lang="en"><head><meta charset="utf-8"></head><body>
<p>This is your code for signing in:</p>
<p><strong>482911</strong></p>
<p>It is valid for 10 minutes and works once.</p>
<p>If you did not ask for it, ignore this mail: without the code nobody gets in.</p>
</body></html>
`,
    })
  })

  it('escape what names bring in and keep subjects on one line', () => {
    const mail = write('invitation', 'en', {
      ...data.invitation,
      inviterName: '<img src=x onerror="alert(1)">',
      organisationName: 'A\r\nBcc: eve@example.com & Co',
    })
    expect(mail.subject).toBe('Invitation to A Bcc: eve@example.com & Co')
    expect(mail.html).toContain('&lt;img src=x onerror=&quot;alert(1)&quot;&gt; invites you')
    expect(mail.html).not.toContain('<img')
  })

  it.each(['https://evil.example/', '//evil.example/', 'invite'])('refuse to link to %s', (path) => {
    expect(() => write('admin_link', 'en', { path, validDays: 1 })).toThrow('Mails link to us only.')
  })

  it('keep what lets somebody in out of the subject', () => {
    const secret = (Object.keys(mailTemplates) as MailTemplate[]).filter(
      (name) => mailTemplates[name].isSecret,
    )
    expect(secret).toEqual(['sign_in_code', 'invitation', 'admin_link'])
    for (const name of secret) {
      expect(write(name, 'en').subject).not.toMatch(/482911|tok/)
      expect(write(name, 'de').subject).not.toMatch(/482911|tok/)
    }
  })
})

describe('a mail address', () => {
  it.each(['jo@example.com', 'jo.berg+x@mail.example.co.uk', "o'neil@münchen.example"])(
    'may be %s',
    (address) => {
      expect(getMailAddress({ address })).toEqual({ address, name: undefined })
    },
  )

  it.each([
    '',
    'jo',
    'jo@',
    '@example.com',
    'jo@example.com, eve@example.com',
    'jo@example.com\r\nBcc: eve@example.com',
    'jo\n@example.com',
    'Jo <jo@example.com>',
    'jo@exam ple.com',
    'jo@example.com\0',
    `${'x'.repeat(250)}@example.com`,
  ])('is not %j', (address) => {
    const refusal = expect.objectContaining({ code: 'mail_address_invalid' }) as Error
    expect(() => getMailAddress({ address })).toThrow(refusal)
  })

  it.each(['Jo\r\nBcc: eve@example.com', 'Jo\nBerg', 'x'.repeat(129), 'Jo\0'])(
    'has no name like %j',
    (name) => {
      expect(() => getMailAddress({ address: 'jo@example.com', name })).toThrow(
        expect.objectContaining({ code: 'mail_address_invalid' }) as Error,
      )
    },
  )

  it('is read from a setting with or without a name', () => {
    expect(parseMailAddress('bills@acme.example')).toEqual({ address: 'bills@acme.example', name: undefined })
    expect(parseMailAddress('Acme, Inc. <bills@acme.example>')).toEqual({
      address: 'bills@acme.example',
      name: 'Acme, Inc.',
    })
    expect(Object.keys(mailErrors.declarations)).toContain('mail_address_invalid')
  })
})

describe('pauseAfter', () => {
  it.each([
    [1, 1],
    [2, 4],
    [3, 16],
    [4, 64],
    [5, 256],
    [6, 1_024],
    [7, 1_440],
    [40, 1_440],
  ])('waits after attempt %i for %i minutes', (attempts, minutes) => {
    expect(pauseAfter(attempts)).toBe(minutes * 60_000)
  })
})
