/**
 * Taking thousands of devices, customers, contracts or assignments with one request: CSV or NDJSON in, one line of NDJSON out
 * per line.
 *
 * The body is taken in whole before the first answer, because many clients read nothing until they have sent everything,
 * and two sides that both wait would wait for ever. So it is bounded in size and in number at a time. The answer goes
 * out as it is made, at the pace at which it is read.
 */
import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'

import type { Right } from '../../people/index.ts'
import type { ApiBilling, ApiMetering } from '../api-options.ts'
import { accessOf, manufacturerOf } from '../authenticate.ts'
import { apiErrors } from '../errors.ts'
import { problemResponses } from '../problem-schema.ts'
import { closedObject } from '../schema-parts.ts'
import { assignmentColumns, assignmentList } from './assignment-list.ts'
import { contractColumns, contractList } from './contract-list.ts'
import { customerColumns, customerList } from './customer-list.ts'
import { deviceColumns, deviceList } from './device-list.ts'
import { ImportLineComponent, type ImportAnswerLine } from './import-schemas.ts'
import type { ListColumns } from './list-columns.ts'
import { readCsvLines, readJsonLines, type ListLine } from './list-lines.ts'
import { takeList, type TakeOptions } from './take-list.ts'

const CSV = 'text/csv'
const NDJSON = 'application/x-ndjson'
/** Some 40,000 devices. */
const MAX_BODY_BYTES = 8_388_608
const MAX_IMPORTS_AT_ONCE = 4
const ANSWER_WITHIN_MS = 600_000

const ImportQuery = closedObject({
  dryRun: Type.Optional(
    Type.Enum(['true', 'false'], { description: 'true: check the lines, write nothing' }),
  ),
})
const bodyOf = (description: string) => ({ schema: Type.Unsafe<Buffer>({ description }) })

type ImportRoute = {
  readonly url: string
  readonly operationId: string
  readonly summary: string
  readonly tags: readonly string[]
  readonly right: Right
  readonly columns: ListColumns
  readonly line: string
  readonly take: (
    request: FastifyRequest,
    options: TakeOptions,
    lines: Iterable<ListLine>,
  ) => AsyncGenerator<ImportAnswerLine>
}

function listImports(metering: ApiMetering, billing: ApiBilling): readonly ImportRoute[] {
  const billingOf = (request: FastifyRequest) => billing.by(accessOf(request).actor)
  return [
    {
      url: '/devices/import',
      operationId: 'importDevices',
      summary: 'Register a list of devices; each line is answered with how it ended and its secret, once',
      tags: ['devices'],
      right: 'devices:write',
      columns: deviceColumns,
      line: 'One device per line, in the form of POST /v1/devices',
      take: (request, ...rest) =>
        takeList(deviceList(metering.by(accessOf(request).actor), manufacturerOf(request)), ...rest),
    },
    {
      url: '/customers/import',
      operationId: 'importCustomers',
      summary: 'Add a list of customers, known by their references when the list is sent again',
      tags: ['customers'],
      right: 'customers:write',
      columns: customerColumns,
      line: 'One customer per line, in the form of POST /v1/customers, with a reference',
      take: (request, ...rest) =>
        takeList(customerList(billingOf(request), manufacturerOf(request)), ...rest),
    },
    {
      url: '/contracts/import',
      operationId: 'importContracts',
      summary: 'Add a list of contracts, known by their references when the list is sent again',
      tags: ['contracts'],
      right: 'customers:write',
      columns: contractColumns,
      line: 'One contract per line, in the form of POST /v1/contracts, with a reference, and customerReference or customerId',
      take: (request, ...rest) =>
        takeList(contractList(billingOf(request), manufacturerOf(request)), ...rest),
    },
    {
      url: '/assignments/import',
      operationId: 'importAssignments',
      summary: "Give devices' usage to contracts by a list; a line is known by contract, device and begin",
      tags: ['contracts'],
      right: 'customers:write',
      columns: assignmentColumns,
      line: 'One assignment per line: contractReference or contractId, deviceId, from and, if it ends, to',
      take: (request, ...rest) =>
        takeList(assignmentList(billingOf(request), manufacturerOf(request)), ...rest),
    },
  ]
}

export function importRoutes(metering: ApiMetering, billing: ApiBilling): FastifyPluginAsyncTypebox {
  return async (routes) => {
    let running = 0
    routes.removeAllContentTypeParsers()
    routes.addContentTypeParser([CSV, NDJSON], { parseAs: 'buffer' }, (_request, body, done) =>
      done(null, body),
    )
    routes.addHook('preParsing', async (_request, reply) => {
      if (running >= MAX_IMPORTS_AT_ONCE) {
        throw apiErrors.too_many_requests('Wait until other lists are done, then send yours again.')
      }
      running += 1
      reply.raw.once('close', () => {
        running -= 1
      })
    })

    for (const { url, operationId, summary, tags, right, columns, line, take } of listImports(
      metering,
      billing,
    )) {
      routes.post(
        url,
        {
          config: { right },
          bodyLimit: MAX_BODY_BYTES,
          handlerTimeout: ANSWER_WITHIN_MS,
          schema: {
            operationId,
            summary,
            tags,
            querystring: ImportQuery,
            body: {
              content: { [CSV]: bodyOf(describeCsv(columns)), [NDJSON]: bodyOf(line) },
            },
            response: {
              200: {
                description:
                  'One line per line, then one that sums up; a list that could not be ended ends with "stopped"',
                content: { [NDJSON]: { schema: ImportLineComponent.ref } },
              },
              ...problemResponses,
            },
          },
        },
        async (request, reply) => {
          const body = (request.body as Buffer | null) ?? Buffer.alloc(0)
          const isCsv = request.headers['content-type']?.startsWith(CSV) === true
          const options = {
            isDryRun: request.query.dryRun === 'true',
            onFailure: (error: unknown) => request.log.error({ err: error }, 'a list was stopped'),
          }
          const answers = take(request, options, isCsv ? readCsvLines(columns, body) : readJsonLines(body))
          // What is wrong with the whole list shows with its first line, and has a status of its own.
          const first = await answers.next()
          return (reply as FastifyReply).type(NDJSON).send(Readable.from(toText(first, answers)))
        },
      )
    }
  }
}

function describeCsv({ cells, needed, registersIn }: ListColumns): string {
  const others = Object.keys(cells).filter((name) => !needed.includes(name))
  if (registersIn !== undefined) others.push(`${registersIn}.{register}`)
  const lists = Object.keys(cells).filter((name) => cells[name] === 'texts')
  const separated = lists.length === 0 ? '' : `; several ${lists.join(', ')} are separated by ";"`
  return `A header line with ${needed.join(', ')} and, if needed, ${others.join(', ')}${separated}. Separated by ",", ";" or tab; UTF-8, or UTF-16 with a byte order mark`
}

async function* toText<Line>(
  first: IteratorResult<Line, unknown>,
  rest: AsyncGenerator<Line>,
): AsyncGenerator<string> {
  if (first.done === true) return
  yield `${JSON.stringify(first.value)}\n`
  for await (const line of rest) yield `${JSON.stringify(line)}\n`
}
