/** Every declared error of every folder, for the pages that explain each code. */
import { apiErrors } from '../api/index.ts'
import { billingErrors, ratingErrors, stripeErrors, taxErrors } from '../billing/index.ts'
import { brokerErrors } from '../broker/index.ts'
import { coreErrors, refusalTitles } from '../core/index.ts'
import { databaseErrors } from '../db/index.ts'
import { documentErrors } from '../documents/index.ts'
import { mailErrors } from '../mail/index.ts'
import { alarmTitles, holdTitles, meteringErrors } from '../metering/index.ts'
import { peopleErrors } from '../people/index.ts'
import { scheduleErrors } from '../schedule/index.ts'
import { webhookErrors } from '../webhooks/index.ts'
import { appErrors } from './errors.ts'
import type { ErrorDeclaration } from '../core/index.ts'

/** Every error code that can reach a person or a device, for the problem pages. */
export const errorCatalogues: readonly Readonly<Record<string, ErrorDeclaration>>[] = [
  coreErrors.declarations,
  databaseErrors.declarations,
  brokerErrors.declarations,
  meteringErrors.declarations,
  billingErrors.declarations,
  documentErrors.declarations,
  peopleErrors.declarations,
  ratingErrors.declarations,
  taxErrors.declarations,
  stripeErrors.declarations,
  apiErrors.declarations,
  mailErrors.declarations,
  scheduleErrors.declarations,
  webhookErrors.declarations,
  appErrors.declarations,
  titlesAsDeclarations(refusalTitles),
  titlesAsDeclarations(holdTitles),
  titlesAsDeclarations(alarmTitles),
]

function titlesAsDeclarations(titles: Readonly<Record<string, string>>): Record<string, ErrorDeclaration> {
  return Object.fromEntries(
    Object.entries(titles).map(([code, title]) => [code, { kind: 'validation', title }]),
  )
}
