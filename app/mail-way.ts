import { isLoopback } from '../core/index.ts'
import { createSmtpTransport, parseMailAddress, type MailerOptions } from '../mail/index.ts'
import type { Config } from './config.ts'

/** Printed only where nobody but a developer reads the log: a public address means that a proxy stands before us. */
export function mailWay({
  smtpUrl,
  mailFrom,
  bounceAddress,
  httpHost,
  publicUrl = 'http://localhost',
}: Config): Pick<MailerOptions, 'from' | 'bounceAddress' | 'way'> {
  const from = parseMailAddress(mailFrom ?? 'usance@localhost')
  if (smtpUrl !== undefined) return { from, bounceAddress, way: createSmtpTransport(smtpUrl) }
  const isOwnMachine = isLoopback(httpHost) && isLoopback(new URL(publicUrl).hostname)
  return { from, bounceAddress, way: isOwnMachine ? 'print' : 'wait' }
}
