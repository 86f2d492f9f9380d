/**
 * `GET /v1/events`: what changes, as server-sent events, for as long as the caller may see it.
 *
 * A stream ends when its key, session or membership ends, looked at with every heartbeat. Heartbeats keep proxies from closing it. One
 * actor has a bounded number of streams. Nothing runs while nobody looks.
 */
import { PassThrough } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'

import { billingErrors } from '../../billing/index.ts'
import { AppError, assertInvariant, MINUTE_MS, SECOND_MS, type Clock } from '../../core/index.ts'
import type { ApiBilling, ApiMetering, CommittedMessage } from '../api-options.ts'
import { accessOf, tenantOf } from '../authenticate.ts'
import type { DeviceViews } from '../devices/device-views.ts'
import { apiErrors } from '../errors.ts'
import { presentLiveBill } from '../ledger/ledger-schemas.ts'
import { problemResponses } from '../problem-schema.ts'
import { closedObject, GeneratedIdText } from '../schema-parts.ts'
import { createEventsHub, type EventTopic } from './events-hub.ts'

const EVENT_STREAM = 'text/event-stream'
const TICK_MS = SECOND_MS / 2
const MAX_STREAMS_PER_ACTOR = 8

const EventQuery = closedObject({
  topics: Type.String({
    pattern: '^(device_status|usage|bill)(,(device_status|usage|bill)){0,2}$',
    description: 'device_status (manufacturers only), usage, bill (with contractId), separated by commas',
    examples: ['usage,bill'],
  }),
  contractId: Type.Optional(GeneratedIdText),
})

export type EventParts = {
  readonly metering: ApiMetering
  readonly billing: ApiBilling
  readonly views: DeviceViews
  readonly clock: Clock
  /** Tells this run of the program from others, in the ids of events. */
  readonly boot: string
  readonly onCommitted: (listener: (messages: readonly CommittedMessage[]) => void) => void
  readonly heartbeatMs: number
  readonly isStillAllowed: (request: FastifyRequest) => Promise<boolean>
}

export function eventRoutes(parts: EventParts): FastifyPluginAsyncTypebox {
  const { metering, billing, views, clock, boot, onCommitted, heartbeatMs, isStillAllowed } = parts
  const hub = createEventsHub(
    {
      async readDevices(manufacturerId, deviceIds) {
        const devices = await metering.findDevices(manufacturerId, deviceIds)
        const shown = await views.present(manufacturerId, devices)
        return shown.map((device) => ({ id: device.id, shown: device }))
      },
      async listDeviceIds(tenant, contractId) {
        const filter = contractId === undefined ? {} : { contractId }
        const assignments = await billing.listAssignments(tenant, filter)
        const now = clock.now()
        return assignments
          .filter(({ from, to = Infinity }) => from <= now && now < to)
          .map(({ deviceId }) => deviceId)
      },
      async readBill(manufacturerId, contractId) {
        try {
          return presentLiveBill(await billing.liveBill(manufacturerId, contractId))
        } catch (error) {
          if (!(error instanceof AppError)) throw error
          return { contractId, code: error.code, detail: error.message }
        }
      },
    },
    { clock, boot },
  )
  onCommitted((messages) => {
    if (hub.isListening()) hub.noteDevices(new Set(messages.map(({ deviceId }) => deviceId)))
  })

  return async (routes) => {
    const streams = new Map<string, Set<PassThrough>>()
    const timers = startTurns(hub, routes.log)
    routes.addHook('preClose', async () => {
      for (const stream of [...streams.values()].flatMap((own) => [...own])) stream.end()
      await timers.stop()
    })

    routes.get(
      '/events',
      {
        config: { right: 'usage:read', tenants: 'customer_too' },
        schema: {
          operationId: 'streamEvents',
          summary: 'What changes, as server-sent events; resumable by Last-Event-ID',
          description:
            '`reset` says that events may be missing: read again what you show. A `bill` that cannot be computed has `code` and `detail`.',
          tags: ['events'],
          querystring: EventQuery,
          response: {
            200: { description: 'Events', content: { [EVENT_STREAM]: { schema: Type.String() } } },
            ...problemResponses,
          },
        },
      },
      async (request, reply) => {
        const { manufacturerId, customerId, actor, rights } = accessOf(request)
        assertInvariant(manufacturerId !== undefined, 'The installation has no events.')
        const topics = new Set(request.query.topics.split(',') as EventTopic[])
        const { contractId } = request.query
        if (topics.has('device_status') && customerId !== undefined) {
          throw apiErrors.access_denied(
            'Ask for the topics usage and bill: device_status is for the manufacturer.',
          )
        }
        if (topics.has('bill') && !rights.has('bills:read')) {
          throw apiErrors.access_denied('Ask an administrator for the right "bills:read".')
        }
        if (topics.has('bill') && contractId === undefined) {
          const detail = 'Name the contract whose bill you want.'
          throw apiErrors.request_invalid(detail, { issues: [{ detail, pointer: '/contractId' }] })
        }
        if (
          contractId !== undefined &&
          (await billing.findContract(tenantOf(request), contractId)) === undefined
        ) {
          throw billingErrors.contract_not_found(
            `Use the id of one of your contracts; "${contractId}" is not one.`,
          )
        }
        const own = streams.get(actor.id) ?? new Set()
        if (own.size >= MAX_STREAMS_PER_ACTOR) {
          throw apiErrors.too_many_requests(
            `Close one of your ${MAX_STREAMS_PER_ACTOR} streams of events first.`,
          )
        }
        const stream = new PassThrough()
        streams.set(actor.id, own.add(stream))
        stream.once('close', () => {
          own.delete(stream)
          if (own.size === 0) streams.delete(actor.id)
        })
        stream.write(`retry: ${2 * SECOND_MS}\n\n`)
        const remove = await hub.addViewer({
          manufacturerId,
          customerId,
          topics,
          contractId,
          lastEventId: headerText(request, 'last-event-id'),
          isWritable: () => stream.writable && !stream.writableNeedDrain,
          send: ({ id, event, data }) =>
            stream.write(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`),
        })
        const heartbeat = setInterval(() => {
          beat(stream, isStillAllowed(request)).catch((error: unknown) =>
            request.log.error({ err: error }, 'a stream could not be checked'),
          )
        }, heartbeatMs)
        const end = () => {
          clearInterval(heartbeat)
          remove()
          stream.destroy()
        }
        stream.once('end', end)
        reply.raw.once('close', end)
        return (reply as FastifyReply).type(EVENT_STREAM).header('x-accel-buffering', 'no').send(stream)
      },
    )
  }
}

/** Says that the stream is alive, or ends it for whoever may no longer look. */
async function beat(stream: PassThrough, isAllowed: Promise<boolean>): Promise<void> {
  if (!(await isAllowed)) stream.end()
  else if (stream.writable && !stream.writableNeedDrain) stream.write(': alive\n\n')
}

function headerText(request: FastifyRequest, name: string): string | undefined {
  const text = request.headers[name]
  return typeof text === 'string' ? text : undefined
}

/** One turn after the other, none while nobody looks. */
function startTurns(hub: ReturnType<typeof createEventsHub>, log: FastifyBaseLogger) {
  let underWay: Promise<void> | undefined
  const stopping = new AbortController()
  let refreshedAt = performance.now()
  const take = async () => {
    if (performance.now() - refreshedAt >= MINUTE_MS) {
      refreshedAt = performance.now()
      await hub.refresh()
    }
    for (let isMore = true; isMore && !stopping.signal.aborted;) isMore = await hub.tick()
  }
  const timer = setInterval(() => {
    if (underWay !== undefined || hub.viewerCount() === 0) return
    underWay = take()
      .catch((error: unknown) => log.error({ err: error }, 'events could not be sent'))
      .finally(() => {
        underWay = undefined
      })
  }, TICK_MS)
  timer.unref()
  return {
    /** Resolves once the turn under way, which asks the stores, has ended. */
    async stop(): Promise<void> {
      stopping.abort()
      clearInterval(timer)
      await underWay
    },
  }
}
