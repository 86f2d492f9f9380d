/**
 * Usage, invoices and credit notes as CSV or NDJSON, streamed at the pace at which they are read.
 *
 * The status is sent before the last row is read: a stream that fails on the way breaks off, so that nobody takes a part for
 * the whole. An NDJSON export of which the last line is whole is not yet complete; the connection's end tells.
 */
import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'

import type { Clock, Period } from '../../core/index.ts'
import type { ApiBilling, ApiMetering } from '../api-options.ts'
import { manufacturerOf } from '../authenticate.ts'
import { apiErrors } from '../errors.ts'
import { problemResponses } from '../problem-schema.ts'
import { closedObject, Instant, readInstant } from '../schema-parts.ts'
import { creditNoteColumns, creditNoteRows } from './credit-note-rows.ts'
import { csvLine } from './csv-cells.ts'
import { invoiceColumns, invoiceRows, usageColumns, usageRows, type ExportRow } from './export-rows.ts'

const CSV = 'text/csv'
const NDJSON = 'application/x-ndjson'
const MAX_EXPORTS_AT_ONCE = 4

const ExportQuery = closedObject({
  from: Instant,
  to: Type.Optional(Type.String({ format: 'date-time', description: 'Exclusive; now if left out' })),
  format: Type.Optional(Type.Enum(['csv', 'ndjson'], { description: 'csv if left out' })),
})
const response = (description: string) => ({
  200: {
    description,
    content: { [CSV]: { schema: Type.String() }, [NDJSON]: { schema: Type.String() } },
  },
  ...problemResponses,
})

export function exportRoutes(
  billing: ApiBilling,
  metering: ApiMetering,
  clock: Clock,
): FastifyPluginAsyncTypebox {
  return async (routes) => {
    let running = 0

    function send(
      reply: FastifyReply,
      name: string,
      format: 'csv' | 'ndjson',
      columns: readonly string[],
      rows: AsyncGenerator<ExportRow>,
    ) {
      if (running >= MAX_EXPORTS_AT_ONCE) {
        throw apiErrors.too_many_requests('Wait until other exports are done, then ask for yours again.')
      }
      running += 1
      reply.raw.once('close', () => {
        running -= 1
      })
      // Ending the stream ends the generator, and with it the reading.
      const stream = Readable.from(format === 'csv' ? toCsv(columns, rows) : toNdjson(rows))
      return reply
        .type(format === 'csv' ? `${CSV}; charset=utf-8` : NDJSON)
        .header('content-disposition', `attachment; filename="${name}.${format}"`)
        .send(stream)
    }

    routes.get(
      '/export/usage',
      {
        config: { right: 'usage:read' },
        schema: {
          operationId: 'exportUsage',
          summary: 'How far each register of each assigned device advanced in a span',
          tags: ['usage'],
          querystring: ExportQuery,
          response: response('One row for each assignment and register'),
        },
      },
      async (request, reply) => {
        const rows = usageRows(billing, metering, manufacturerOf(request), readSpan(request.query, clock))
        return send(reply, 'usage', request.query.format ?? 'csv', usageColumns, rows)
      },
    )

    routes.get(
      '/export/invoices',
      {
        config: { right: 'bills:read' },
        schema: {
          operationId: 'exportInvoices',
          summary: 'The invoices issued in a span, newest first',
          tags: ['invoices'],
          querystring: ExportQuery,
          response: response('One row for each invoice'),
        },
      },
      async (request, reply) => {
        const rows = invoiceRows(billing, manufacturerOf(request), readSpan(request.query, clock))
        return send(reply, 'invoices', request.query.format ?? 'csv', invoiceColumns, rows)
      },
    )

    routes.get(
      '/export/credit-notes',
      {
        config: { right: 'bills:read' },
        schema: {
          operationId: 'exportCreditNotes',
          summary: 'The credit notes issued in a span, newest first',
          tags: ['credit notes'],
          querystring: ExportQuery,
          response: response('One row for each credit note'),
        },
      },
      async (request, reply) => {
        const rows = creditNoteRows(billing, manufacturerOf(request), readSpan(request.query, clock))
        return send(reply, 'credit-notes', request.query.format ?? 'csv', creditNoteColumns, rows)
      },
    )
  }
}

function readSpan({ from, to }: { readonly from: string; readonly to?: string }, clock: Clock): Period {
  const span = {
    from: readInstant(from, '/from'),
    to: to === undefined ? clock.now() : readInstant(to, '/to'),
  }
  if (span.from < span.to) return span
  const detail = 'Let "to" be after "from".'
  throw apiErrors.usage_query_invalid(detail, { issues: [{ detail, pointer: '/to' }] })
}

async function* toCsv(columns: readonly string[], rows: AsyncGenerator<ExportRow>): AsyncGenerator<string> {
  yield csvLine(columns)
  for await (const row of rows) yield csvLine(columns.map((column) => row[column] ?? null))
}

async function* toNdjson(rows: AsyncGenerator<ExportRow>): AsyncGenerator<string> {
  for await (const row of rows) yield `${JSON.stringify(row)}\n`
}
