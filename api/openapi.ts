/** Makes the OpenAPI 3.1 document out of the schemas of the routes that are registered after it. */
import fastifySwagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'

import { decisionComponents } from './decisions/decision-schemas.ts'
import { accessComponents } from './devices/access-schemas.ts'
import { deviceComponents } from './devices/device-schemas.ts'
import { ledgerComponents } from './ledger/ledger-schemas.ts'
import { officeComponents } from './office/office-schemas.ts'
import { ProblemComponent } from './problem-schema.ts'
import { PeriodComponent } from './schema-parts.ts'
import { metricComponents } from './usage/metric-schemas.ts'
import { usageComponents } from './usage/usage-schemas.ts'

export async function registerOpenApi(app: FastifyInstance, publicUrl: string): Promise<void> {
  const components = [
    ProblemComponent,
    PeriodComponent,
    ...deviceComponents,
    ...decisionComponents,
    ...accessComponents,
    ...usageComponents,
    ...metricComponents,
    ...ledgerComponents,
    ...officeComponents,
  ]
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
      security: [{ apiKey: [] }],
      components: { securitySchemes: { apiKey: { type: 'http', scheme: 'bearer' } } },
    },
    convertConstToEnum: false,
    refResolver: {
      buildLocalReference: ({ $id }, _base, _fragment, index) =>
        typeof $id === 'string' ? $id : `Unnamed${index}`,
    },
  })
}
