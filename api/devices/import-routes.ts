/**
 * Registering thousands of devices with one request: CSV or NDJSON in, one line of NDJSON out per line.
 *
 * The body is taken in whole before the first answer, because many clients read nothing until they have sent everything,
 * and two sides that both wait would wait for ever. So it is bounded in size and in number at a time. The answer goes
 * out as it is made, at the pace at which it is read.
 */
import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'

import type { ApiMetering } from '../api-options.ts'
import { accessOf, manufacturerOf } from '../authenticate.ts'
import { apiErrors } from '../errors.ts'
import { problemResponses } from '../problem-schema.ts'
import { closedObject } from '../schema-parts.ts'
import { ImportLineComponent } from './device-schemas.ts'
import { importDevices } from './import-devices.ts'
import { readCsvLines, readJsonLines } from './import-lines.ts'

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

export function importRoutes(metering: ApiMetering): FastifyPluginAsyncTypebox {
  return async (routes) => {
    let running = 0
    routes.removeAllContentTypeParsers()
    routes.addContentTypeParser([CSV, NDJSON], { parseAs: 'buffer' }, (_request, body, done) =>
      done(null, body),
    )
    routes.addHook('preParsing', async (_request, reply) => {
      if (running >= MAX_IMPORTS_AT_ONCE) {
        throw apiErrors.too_many_requests(
          'Wait until other lists of devices are done, then send yours again.',
        )
      }
      running += 1
      reply.raw.once('close', () => {
        running -= 1
      })
    })

    routes.post(
      '/devices/import',
      {
        config: { right: 'devices:write' },
        bodyLimit: MAX_BODY_BYTES,
        handlerTimeout: ANSWER_WITHIN_MS,
        schema: {
          operationId: 'importDevices',
          summary: 'Register a list of devices; each line is answered with how it ended and its secret, once',
          tags: ['devices'],
          querystring: ImportQuery,
          body: {
            content: {
              [CSV]: bodyOf(
                'A header line with id, modelId, commissionedAt and, if needed, serial, site, tags (separated by ";") and baseValues.{register}',
              ),
              [NDJSON]: bodyOf('One device per line, in the form of POST /v1/devices'),
            },
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
        const body = request.body as Buffer | null
        const isCsv = request.headers['content-type']?.startsWith(CSV) === true
        const options = {
          metering: metering.by(accessOf(request).actor),
          manufacturerId: manufacturerOf(request),
          isDryRun: request.query.dryRun === 'true',
          onFailure: (error: unknown) => request.log.error({ err: error }, 'a list of devices was stopped'),
        }
        const bytes = body ?? Buffer.alloc(0)
        const answers = importDevices(options, isCsv ? readCsvLines(bytes) : readJsonLines(bytes))
        // What is wrong with the whole list shows with its first line, and has a status of its own.
        const first = await answers.next()
        return (reply as FastifyReply).type(NDJSON).send(Readable.from(toText(first, answers)))
      },
    )
  }
}

async function* toText<Line>(
  first: IteratorResult<Line, unknown>,
  rest: AsyncGenerator<Line>,
): AsyncGenerator<string> {
  if (first.done === true) return
  yield `${JSON.stringify(first.value)}\n`
  for await (const line of rest) yield `${JSON.stringify(line)}\n`
}
