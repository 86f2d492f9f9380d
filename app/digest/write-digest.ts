/**
 * From what needs somebody to the sentences of the morning's mail: only what the reader has a right to, nothing that is zero. Without a
 * sentence there is no mail.
 */
import type { MailLanguage } from '../../mail/index.ts'
import { mailLocales } from '../mail-locales.ts'
import type { Right } from '../../people/index.ts'

export type DigestFacts = {
  readonly openHolds: number
  readonly silentDevices: number
  /** Since the digest before fell due: yesterday, unless the server was down. */
  readonly invoicesIssued: number
  readonly invoicesNotMailed: number
  readonly mailsFailed: number
  /** Switched off by themselves, since nothing could be delivered. */
  readonly webhooksOff: number
  /** Names of jobs whose last run failed. */
  readonly failedJobs: readonly string[]
}

type Sentences = Readonly<Record<keyof DigestFacts, (facts: DigestFacts, since: string) => string>>

const count = (many: number, one: string, more: string) => `${many} ${many === 1 ? one : more}`

const sentences: Readonly<Record<MailLanguage, Sentences>> = {
  en: {
    openHolds: ({ openHolds: n }) => `${count(n, 'hold waits', 'holds wait')} for a decision.`,
    silentDevices: ({ silentDevices: n }) =>
      `${count(n, 'device has', 'devices have')} not been heard of for a day or longer.`,
    invoicesIssued: ({ invoicesIssued: n }, since) =>
      `${count(n, 'invoice was', 'invoices were')} issued since ${since}.`,
    invoicesNotMailed: ({ invoicesNotMailed: n }) =>
      `${n} of them could be mailed to nobody: the customer has no e-mail address that mail can go to.`,
    mailsFailed: ({ mailsFailed: n }, since) =>
      `${count(n, 'mail', 'mails')} came back or could not be sent since ${since}.`,
    webhooksOff: ({ webhooksOff: n }, since) =>
      `${count(n, 'webhook endpoint was', 'webhook endpoints were')} switched off since ${since}: nothing could be delivered there.`,
    failedJobs: ({ failedJobs }) => `The last run failed of: ${failedJobs.join(', ')}.`,
  },
  de: {
    openHolds: ({ openHolds: n }) =>
      `${count(n, 'zurückgehaltener Wert wartet', 'zurückgehaltene Werte warten')} auf eine Entscheidung.`,
    silentDevices: ({ silentDevices: n }) =>
      `Von ${count(n, 'Gerät', 'Geräten')} war seit einem Tag oder länger nichts zu hören.`,
    invoicesIssued: ({ invoicesIssued: n }, since) =>
      `Seit ${since} ${n === 1 ? 'wurde 1 Rechnung' : `wurden ${n} Rechnungen`} ausgestellt.`,
    invoicesNotMailed: ({ invoicesNotMailed: n }) =>
      `${n} davon an niemanden gemailt: der Kunde hat keine E-Mail-Adresse, an die eine Mail gehen kann.`,
    mailsFailed: ({ mailsFailed: n }, since) =>
      `Seit ${since} ${n === 1 ? 'kam 1 Mail' : `kamen ${n} Mails`} zurück oder ${n === 1 ? 'ließ' : 'ließen'} sich nicht senden.`,
    webhooksOff: ({ webhooksOff: n }, since) =>
      `Seit ${since} ${n === 1 ? 'wurde 1 Webhook-Endpunkt' : `wurden ${n} Webhook-Endpunkte`} abgeschaltet: dort kam nichts an.`,
    failedJobs: ({ failedJobs }) => `Der letzte Lauf ist gescheitert von: ${failedJobs.join(', ')}.`,
  },
}

/** In this order in the mail. */
const rightsNeeded: Readonly<Record<keyof DigestFacts, Right>> = {
  openHolds: 'devices:read',
  silentDevices: 'devices:read',
  invoicesIssued: 'bills:read',
  invoicesNotMailed: 'bills:read',
  mailsFailed: 'mails:read',
  webhooksOff: 'webhooks:read',
  failedJobs: 'jobs:read',
}

export function writeDigest(
  facts: DigestFacts,
  since: { readonly at: number; readonly timeZone: string },
  language: MailLanguage,
  rights: ReadonlySet<Right>,
): readonly string[] {
  const style = { dateStyle: 'long', timeStyle: 'short', timeZone: since.timeZone } as const
  const sinceText = new Intl.DateTimeFormat(mailLocales[language], style).format(since.at)
  const members = Object.keys(rightsNeeded) as (keyof DigestFacts)[]
  return members
    .filter((member) => rights.has(rightsNeeded[member]) && isWorthTelling(facts[member]))
    .map((member) => sentences[language][member](facts, sinceText))
}

function isWorthTelling(fact: DigestFacts[keyof DigestFacts]): boolean {
  return (typeof fact === 'number' ? fact : fact.length) > 0
}
