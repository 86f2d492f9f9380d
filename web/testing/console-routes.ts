/** What the stub server answers to the pages of the console that change nothing the tests look at again. */
import type { FastifyPluginAsync } from 'fastify'

import { alarms, claims, model, tariff } from './fleet-fixture.ts'
import * as office from './office-fixture.ts'

export const page = (items: readonly unknown[], nextAfter: string | null = null) => ({ items, nextAfter })

export const consoleRoutes: FastifyPluginAsync = async (app) => {
  app.get('/v1/models', () => page([model]))
  app.get('/v1/models/:id', () => model)
  app.get('/v1/models/:id/versions', () => ({ items: [{ ...model, version: 1 }, model] }))
  app.get('/v1/tariffs', () => page([tariff]))
  app.get('/v1/tariffs/:id', () => tariff)
  app.post<{ Body: { document: { items: { price: string }[] } } }>(
    '/v1/tariffs/:id/versions',
    ({ body }, reply) => {
      const place = body.document.items.findIndex(({ price }) => price === '0')
      if (place < 0) return tariff
      const errors = [{ detail: 'Write a price above zero.', pointer: `/items/${place}/price` }]
      return reply
        .code(422)
        .send({ code: 'tariff_invalid', title: 'Not valid', detail: 'Correct the tariff document.', errors })
    },
  )

  type OfDevice = { Querystring: { deviceId?: string; state?: string } }
  app.get<OfDevice>('/v1/alarms', ({ query: { deviceId, state } }) =>
    page(
      alarms
        .filter((alarm) => deviceId === undefined || alarm.deviceId === deviceId)
        .filter(({ acknowledged }) => state === 'all' || acknowledged === null),
    ),
  )
  app.post('/v1/alarms/:id/acknowledge', (_request, reply) => reply.code(204).send())
  app.get<OfDevice>('/v1/claims', ({ query: { deviceId } }) =>
    page(claims.filter((claim) => deviceId === undefined || claim.deviceId === deviceId)),
  )
  app.post<{ Body: { claims: unknown[] } }>('/v1/claims', ({ body }) => ({
    items: body.claims.map((_claim, place) => ({ id: 20 + place, code: `clm_notarealcode${place + 1}` })),
  }))
  app.post('/v1/claims/:id/revoke', (_request, reply) => reply.code(204).send())
  app.get('/v1/devices/:id/certificates', () => ({ fingerprints: ['79ccb28a'.repeat(8)] }))
  app.put<{ Body: unknown }>('/v1/devices/:id/certificates', ({ body }) => body)
  app.post('/v1/devices/:id/revoke', () => ({}))

  app.get<{ Querystring: { customerId?: string } }>('/v1/people', ({ query: { customerId } }) => {
    if (customerId !== undefined) return page(office.customersPeople)
    return page([...office.colleagues, ...office.customersPeople])
  })
  app.post('/v1/people', () => office.colleagues[1])
  app.patch('/v1/people/:id', () => office.colleagues[1])
  app.post('/v1/people/:id/remove', (_request, reply) => reply.code(204).send())
  app.get<{ Querystring: { text?: string } }>('/v1/audit', ({ query: { text = '' } }) =>
    page(office.auditEntries.filter((entry) => JSON.stringify(entry).includes(text))),
  )
  app.get('/v1/mails', () => page(office.mails))
  app.get<{ Params: { id: string } }>('/v1/mails/:id', ({ params }) =>
    office.mails.find(({ id }) => String(id) === params.id),
  )
  app.get('/v1/manufacturers', () =>
    page([
      office.manufacturer,
      { ...office.manufacturer, id: 'man_2', name: 'Pumpenbau Nord', createdAt: '2026-06-01T09:00:00Z' },
    ]),
  )
  app.post<{ Body: { name: string } }>('/v1/manufacturers', ({ body: { name } }) => ({
    ...office.manufacturer,
    name,
  }))
}
