/**
 * A server that answers what the API's plan says, from fixtures, so that the pages are tested alone. It serves the built pages
 * with the real routes, content policy included. Tests change what it answers, and send events, through what it returns.
 */
import type { AddressInfo } from 'node:net'
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify'

import { pageRoutes } from '../../api/index.ts'
import type { Device } from '../src/api/devices.ts'
import type { Me } from '../src/api/me.ts'
import type { SetupStep } from '../src/api/office.ts'
import {
  contract,
  contractSessions,
  contractUsage,
  creditNote,
  invoice,
  liveBill,
  manualLine,
} from './bill-fixture.ts'
import { invoiceRoutes } from './invoice-routes.ts'
import { consoleRoutes, page } from './console-routes.ts'
import { devices, fleet, hold, readings, sessions } from './fleet-fixture.ts'
import * as office from './office-fixture.ts'
import { customerPerson, installationPerson, manufacturerPerson } from './people-fixture.ts'

export type StubServer = Awaited<ReturnType<typeof startStubServer>>

const WRONG_CODE = '000000'
const nameOf = (request: FastifyRequest) => /stub=(\w+)/.exec(request.headers.cookie ?? '')?.[1] ?? ''

const problem = (reply: FastifyReply, status: number, code: string, detail: string) =>
  reply
    .code(status)
    .header('x-request-id', 'req_stub7')
    .type('application/problem+json')
    .send(JSON.stringify({ type: `/problems/${code}`, title: detail, status, detail, code }))

const signIn = (reply: FastifyReply, email: string) =>
  reply.header('set-cookie', `stub=${email.split('@')[0] ?? ''}; Path=/; HttpOnly`).send({})

function ofContract(customerName: string) {
  return { contractId: 'con_1', customerId: 'cus_1', customerName, period: invoice.period }
}

export async function startStubServer(pagesFolder: string) {
  const app = fastify()
  const people = new Map<string, Me>()
  const streams = new Map<string, Set<FastifyReply['raw']>>()
  const state = {
    /** Paths that answer 500 for now. */
    failing: new Set<string>(),
    done: new Set<SetupStep>(['seller', 'tax_rate', 'model', 'tariff']),
    holds: [hold],
    hasContract: true,
    /** What others have changed of each device. */
    device: {} as Partial<Device>,
    /** Which version of each device there is by now. */
    newer: 0,
    /** The bodies that came, by method and path. */
    received: [] as {
      readonly address: string
      readonly body: unknown
      readonly ifMatch: string | undefined
    }[],
  }
  reset()

  function reset() {
    people.set('mara', customerPerson)
    people.set('jo', manufacturerPerson)
    people.set('ada', installationPerson)
    state.device = {}
    state.newer = 0
    state.failing.clear()
    state.done = new Set(['seller', 'tax_rate', 'model', 'tariff'])
    state.holds = [hold]
    state.hasContract = true
    state.received.length = 0
  }

  app.addHook('onRequest', async (request, reply) => {
    const path = request.url.split('?')[0] ?? ''
    if (state.failing.has(path)) return problem(reply, 500, 'internal_error', 'It broke.')
    if (path.startsWith('/v1/') && !people.has(nameOf(request))) {
      return problem(reply, 401, 'not_signed_in', 'Sign in first.')
    }
  })
  app.addHook('preHandler', async ({ method, url, body, headers }) => {
    if (method !== 'GET')
      state.received.push({ address: `${method} ${url}`, body, ifMatch: headers['if-match'] })
  })

  await app.register(pageRoutes(pagesFolder))

  type Credentials = { Body: { email: string; otp?: string; password?: string; token?: string } }
  app.post('/auth/email-otp/send-verification-otp', () => ({ success: true }))
  app.post<Credentials>('/auth/sign-in/email-otp', ({ body }, reply) =>
    body.otp === WRONG_CODE
      ? reply.code(400).send({ code: 'INVALID_OTP', message: 'Invalid OTP' })
      : signIn(reply, body.email),
  )
  app.post<Credentials>('/auth/sign-in/email', ({ body }, reply) => signIn(reply, body.email))
  app.post<Credentials>('/auth/welcome', (_request, reply) => signIn(reply, 'jo@bohrwerk.example'))
  app.post('/auth/sign-out', (_request, reply) =>
    reply.header('set-cookie', 'stub=; Path=/; Max-Age=0').send({}),
  )

  app.get('/v1/me', (request) => people.get(nameOf(request)))
  app.patch('/v1/me', (request) => people.get(nameOf(request)))
  app.post<{ Body: { membershipId: string } }>('/v1/me/active-membership', (request) => {
    const me = people.get(nameOf(request)) ?? customerPerson
    const membership = me.memberships.find(({ id }) => id === request.body.membershipId)
    const next: Me = {
      ...me,
      active: { ...me.active, membershipId: membership?.id ?? null, customer: membership?.customer ?? null },
    }
    people.set(nameOf(request), next)
    return next
  })

  app.get('/v1/contracts', () => page(state.hasContract ? [contract] : []))
  app.get('/v1/contracts/:id', () => contract)
  app.post('/v1/contracts', () => {
    state.done.add('contract')
    return contract
  })
  app.post('/v1/contracts/:id/assignments', () => contract.assignments[0])
  app.post('/v1/assignments/:id/end', () => contract.assignments[0])
  app.get('/v1/contracts/:id/bill', () => liveBill())
  app.get<{ Querystring: { from: string; to: string } }>('/v1/contracts/:id/usage', ({ query }) =>
    contractUsage(query.from, query.to),
  )
  app.get<{ Querystring: { from: string; to: string; register: string } }>(
    '/v1/contracts/:id/sessions',
    ({ query }) => contractSessions(query.from, query.to, query.register),
  )
  app.get('/v1/invoices', () => page([invoice]))
  invoiceRoutes(app)
  app.get('/v1/credit-notes', () => page([creditNote]))
  app.get('/v1/manual-lines', () => page([manualLine]))

  app.get('/v1/fleet', () => fleet)
  type DeviceQuery = { Querystring: { text?: string; state?: string; after?: string; limit: string } }
  app.get<DeviceQuery>('/v1/devices', ({ query }) => {
    const matching = devices
      .filter(({ id }) => id.includes(query.text ?? ''))
      .filter(({ presence }) => query.state === undefined || presence?.state === query.state)
    const start = Number(query.after ?? 0)
    const end = start + Number(query.limit)
    return page(matching.slice(start, end), end < matching.length ? String(end) : null)
  })
  app.post<{ Body: { id: string } }>('/v1/devices', ({ body }, reply) => {
    if (body.id.includes(' ')) {
      const errors = [{ detail: 'Leave out the space.', pointer: '/id' }]
      return reply
        .code(400)
        .send({ code: 'request_invalid', title: 'Not valid', detail: 'Correct it.', errors })
    }
    state.done.add('device')
    return { device: { id: body.id }, secret: 'kR7-not-a-real-secret' }
  })
  app.get<{ Params: { id: string } }>('/v1/devices/:id', ({ params }, reply) => {
    const device = devices.find(({ id }) => id === params.id)
    if (device === undefined)
      return problem(reply, 404, 'device_unknown', 'Use the id of one of your devices.')
    return reply.header('etag', `"d${state.newer}"`).send({ ...device, ...state.device })
  })
  app.patch('/v1/devices/:id', ({ body, headers }, reply) => {
    if (headers['if-match'] !== `"d${state.newer}"`) {
      return problem(reply, 412, 'etag_stale', 'Read it again: it was changed since you read it.')
    }
    state.device = { ...state.device, ...(body as Partial<Device>) }
    return { ...devices[1], ...state.device }
  })
  app.get('/v1/devices/:id/readings', () => page(readings))
  app.get('/v1/devices/:id/sessions', () => page(sessions))
  app.get('/v1/devices/:id/holds', () => page(state.holds))
  app.get('/v1/devices/:id/decisions', () => page([]))
  app.post('/v1/devices/:id/decisions', () => {
    state.holds = []
    return { id: 1 }
  })
  app.get('/v1/devices/:id/secrets', () =>
    page([{ id: 1, createdAt: '2026-01-05T08:00:00Z', lastUsedAt: '2026-11-26T07:00:00Z', revokedAt: null }]),
  )
  app.post('/v1/devices/:id/secrets', () => ({ id: 2, secret: 'kR8-not-a-real-secret' }))
  app.get('/v1/assignments', () => page([{ ...contract.assignments[0], contractId: 'con_1' }]))
  await app.register(consoleRoutes)

  app.get('/v1/customers', () => page([office.customer]))
  app.post('/v1/customers', () => {
    state.done.add('customer')
    return office.customer
  })
  app.get('/v1/customers/:id', (_request, reply) => reply.header('etag', '"v7"').send(office.customer))
  app.patch('/v1/customers/:id', () => office.customer)
  app.get('/v1/billing-run', () => ({
    ready: [{ ...ofContract('Steinbruch Nord'), totalMinor: '8123', currency: 'EUR', isToBeCarried: false }],
    carried: [{ ...ofContract('Kieswerk Süd'), totalMinor: '30', currency: 'EUR' }],
    waiting: [
      {
        ...ofContract('Tunnelbau Linz'),
        code: 'usage_held',
        detail: 'Decide about the held reading of drill-south first.',
      },
    ],
    issuedRecently: [invoice],
  }))
  app.post('/v1/billing-run', () => ({ issued: ['inv_2'], carried: [], waiting: [], remarks: [] }))
  app.get('/v1/setup', () => office.setup(state.done))
  app.get('/v1/api-keys', () => page(office.apiKeys))
  app.get('/v1/jobs', () => page(office.jobs))
  app.put<{ Body: { secretKey: string; isConfirmed?: boolean } }>(
    '/v1/manufacturer/stripe',
    ({ body: { secretKey, isConfirmed } }, reply) => {
      if (!secretKey.startsWith('sk_')) {
        return problem(reply, 422, 'stripe_key_invalid', 'Enter a secret or restricted key.')
      }
      if (isConfirmed === true) return office.manufacturer
      const detail = 'Confirm that you want this. Issued invoices that go to Stripe at once: 2, over €20.00.'
      return problem(reply, 409, 'stripe_connection_unconfirmed', detail)
    },
  )
  app.get('/v1/manufacturer', (_request, reply) => reply.header('etag', '"v3"').send(office.manufacturer))

  app.get<{ Querystring: { topics: string } }>('/v1/events', ({ query }, reply) => {
    reply.hijack()
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    reply.raw.write(': hello\n\n')
    const listeners = streams.get(query.topics) ?? new Set()
    streams.set(query.topics, listeners.add(reply.raw))
    reply.raw.on('close', () => listeners.delete(reply.raw))
  })

  await app.listen({ host: '127.0.0.1', port: 0 })
  return {
    url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`,
    state,
    reset,
    /** Somebody reads everything in this language from now on, until `reset`, as whom of the memberships he is. */
    speak(name: string, language: 'en' | 'de', membershipId?: string) {
      const me = people.get(name)
      if (!me?.person) return
      const membership = me.memberships.find(({ id }) => id === membershipId)
      const active =
        membership === undefined
          ? me.active
          : { ...me.active, membershipId: membership.id, customer: membership.customer }
      people.set(name, { ...me, person: { ...me.person, language }, active })
    },
    send(topic: string, document: unknown) {
      for (const stream of streams.get(topic) ?? []) {
        stream.write(`event: ${topic}\nid: 1\ndata: ${JSON.stringify(document)}\n\n`)
      }
    },
    async close() {
      for (const stream of [...streams.values()].flatMap((listeners) => [...listeners])) stream.end()
      await app.close()
    },
  }
}
