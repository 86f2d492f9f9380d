/** Makes the OpenAPI 3.1 document out of the schemas of the routes that are registered after it. */
import fastifySwagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'

import { decisionComponents } from './decisions/decision-schemas.ts'
import { accessComponents } from './devices/access-schemas.ts'
import { deviceComponents } from './devices/device-schemas.ts'
import { fleetComponents } from './devices/fleet-schemas.ts'
import { importComponents } from './imports/import-schemas.ts'
import { contractComponents } from './ledger/contract-schemas.ts'
import { ContractSessionsComponent } from './ledger/contract-session-routes.ts'
import { customerComponents } from './ledger/customer-schemas.ts'
import { tariffComponents } from './ledger/tariff-schemas.ts'
import { paymentComponents } from './ledger/payment-schemas.ts'
import { creditNoteComponents } from './ledger/credit-note-schemas.ts'
import { manualLineComponents } from './ledger/manual-line-schemas.ts'
import { taxRateComponents } from './ledger/tax-rate-schemas.ts'
import { ledgerComponents } from './ledger/ledger-schemas.ts'
import { BillPreviewComponent } from './ledger/preview-schemas.ts'
import { peopleComponents } from './people/people-schemas.ts'
import { sessionCookieName } from '../people/index.ts'
import { officeComponents } from './office/office-schemas.ts'
import { addExamples } from './examples/add-examples.ts'
import { ProblemComponent } from './problem-schema.ts'
import { PeriodComponent } from './schema-parts.ts'
import { stripeComponents } from './stripe/stripe-schemas.ts'
import { metricComponents } from './usage/metric-schemas.ts'
import { usageComponents } from './usage/usage-schemas.ts'
import { webhookComponents, webhookOperations } from './webhooks/webhook-schemas.ts'

const tags: readonly (readonly [string, string])[] = [
  ['devices', 'Machines: registration, where each stands, what it sent, alarms.'],
  ['access', 'What devices sign in with: secrets, certificates, claim codes.'],
  ['models', 'Kinds of machines: their registers and how those behave.'],
  ['holds', 'What was set aside for a person, and what people decided.'],
  ['usage', 'How far registers advanced, exactly, at any cut.'],
  ['customers', 'Who pays: billing accounts.'],
  ['tariffs', 'Price lists in dated versions that never change.'],
  ['tax rates', 'What is charged as tax, by place and day.'],
  ['contracts', 'Who agreed to which tariff, with which devices, and what it costs so far.'],
  ['invoices', 'Issued documents, and the run that makes them.'],
  ['credit notes', 'What is given back of an invoice, in documents of its own.'],
  ['stripe', 'How documents come to Stripe, what becomes of them, and how customers pay.'],
  ['events', 'What changes, as it changes.'],
  ['people', 'Who may sign in, as what.'],
  ['sign-in', 'For our own pages: codes, passwords, one-time links.'],
  ['me', 'Whoever calls.'],
  ['api keys', 'Keys with scopes and an end.'],
  ['manufacturers', 'What a manufacturer says of itself.'],
  ['office', 'Audit trail, jobs and mails.'],
  ['webhook endpoints', 'Our events to your servers: where they go, and how each was delivered.'],
  ['service', 'Health, metrics, problem pages.'],
  ['webhooks', 'For Stripe.'],
]

/** Every named schema. */
export const components = [
  ProblemComponent,
  PeriodComponent,
  ...deviceComponents,
  ...decisionComponents,
  ...accessComponents,
  ...usageComponents,
  ...metricComponents,
  ...ledgerComponents,
  BillPreviewComponent,
  ...creditNoteComponents,
  ...manualLineComponents,
  ...peopleComponents,
  ...officeComponents,
  ...customerComponents,
  ...tariffComponents,
  ...taxRateComponents,
  ...paymentComponents,
  ...contractComponents,
  ContractSessionsComponent,
  ...fleetComponents,
  ...importComponents,
  ...webhookComponents,
  ...stripeComponents,
]

export async function registerOpenApi(app: FastifyInstance, publicUrl: string): Promise<void> {
  for (const { schema } of components) app.addSchema(schema)
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Usance',
        version: '1',
        description: 'Pay-per-use for connected machines: devices, exact usage, live bills and invoices.',
      },
      servers: [{ url: publicUrl }],
      tags: tags.map(([name, description]) => ({ name, description })),
      security: [{ apiKey: [] }, { session: [] }],
      components: {
        securitySchemes: {
          apiKey: { type: 'http', scheme: 'bearer' },
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: sessionCookieName(publicUrl),
            description: 'Set by the addresses under /auth; what changes something also needs our own origin',
          },
        },
      },
    },
    convertConstToEnum: false,
    transformObject: (described) => {
      if (!('openapiObject' in described)) return described.swaggerObject
      addExamples(described.openapiObject)
      Object.assign(described.openapiObject, { webhooks: webhookOperations })
      return described.openapiObject
    },
    refResolver: {
      buildLocalReference: ({ $id }, _base, _fragment, index) =>
        typeof $id === 'string' ? $id : `Unnamed${index}`,
    },
  })
}
