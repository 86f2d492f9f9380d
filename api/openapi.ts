/** Makes the OpenAPI 3.1 document out of the schemas of the routes that are registered after it. */
import fastifySwagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'

import { decisionComponents } from './decisions/decision-schemas.ts'
import { accessComponents } from './devices/access-schemas.ts'
import { deviceComponents } from './devices/device-schemas.ts'
import { fleetComponents } from './devices/fleet-schemas.ts'
import { contractComponents } from './ledger/contract-schemas.ts'
import { customerComponents } from './ledger/customer-schemas.ts'
import { tariffComponents } from './ledger/tariff-schemas.ts'
import { ledgerComponents } from './ledger/ledger-schemas.ts'
import { peopleComponents } from './people/people-schemas.ts'
import { sessionCookieName } from '../people/index.ts'
import { officeComponents } from './office/office-schemas.ts'
import { ProblemComponent } from './problem-schema.ts'
import { PeriodComponent } from './schema-parts.ts'
import { metricComponents } from './usage/metric-schemas.ts'
import { usageComponents } from './usage/usage-schemas.ts'

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
  ...peopleComponents,
  ...officeComponents,
  ...customerComponents,
  ...tariffComponents,
  ...contractComponents,
  ...fleetComponents,
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
    refResolver: {
      buildLocalReference: ({ $id }, _base, _fragment, index) =>
        typeof $id === 'string' ? $id : `Unnamed${index}`,
    },
  })
}
