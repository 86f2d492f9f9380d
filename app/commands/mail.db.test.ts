import path from 'node:path'
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { openFreshLedger } from '../../test/setup/fresh-ledger.ts'
import { runMail } from './mail.ts'

const key = '0123456789abcdefghjkmnpqrs'
const report = `To: bounces+${key}@usance.example
Content-Type: multipart/report; report-type=delivery-status; boundary=r

--r
Content-Type: message/delivery-status

Reporting-MTA: dns; mx

Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 no such user
--r--
`

async function bounce(data: string, message: string, words = ['bounce']) {
  let printed = ''
  let said = ''
  const collect = (take: (text: string) => void) =>
    ({ write: (text: string) => take(text), isTTY: false }) as unknown as NodeJS.WriteStream
  const code = await runMail({
    argv: [...words, '--data', data],
    stdin: Readable.from([Buffer.from(message)]),
    stdout: collect((text) => void (printed += text)),
    stderr: collect((text) => void (said += text)),
    signal: new AbortController().signal,
    quitSignal: new AbortController().signal,
    environment: {},
  })
  return { code, printed, said }
}

describe('usance mail bounce', () => {
  it('takes a report from standard input beside an open ledger and says what became of it', async () => {
    await using fixture = openFreshLedger()
    fixture.byHand.exec(
      `INSERT INTO mails (template, language, to_address, subject, is_secret, bounce_key, state, give_up_at, sent_at, created_at)
       VALUES ('digest', 'en', 'kim@site.example', 'Hello', 0, '${key}', 'sent', 0, 5, 0)`,
    )
    const data = path.dirname(fixture.file)
    expect(await bounce(data, report)).toEqual({
      code: 0,
      printed: 'Mail 1 has bounced: 5.1.1: 550 no such user\n',
      said: '',
    })
    expect(fixture.byHand.prepare('SELECT state, sent_at FROM mails').get()).toEqual({
      state: 'bounced',
      sent_at: 5,
    })
    expect(await bounce(data, report)).toMatchObject({
      code: 0,
      printed: expect.stringContaining('stays as it is'),
    })
  })

  it('takes what is no report, so that the mail server does not send it back', async () => {
    await using fixture = openFreshLedger()
    const answer = await bounce(path.dirname(fixture.file), 'Subject: I am away\n\nUntil Monday.\n')
    expect(answer).toEqual({ code: 0, printed: 'The message is no report of delivery.\n', said: '' })
  })

  it('asks the mail server to try again when the ledger is not there', async () => {
    await using fixture = openFreshLedger()
    const answer = await bounce(path.join(path.dirname(fixture.file), 'none'), report)
    expect(answer).toMatchObject({
      code: 75,
      printed: '',
      said: expect.stringContaining('hand it in again later'),
    })
  })

  it('refuses another word than bounce', async () => {
    await expect(bounce('.', report, ['send'])).rejects.toMatchObject({ code: 'arguments_invalid' })
  })
})
