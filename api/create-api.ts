/**
 * The HTTP application: routes over the faces of metering and billing, and everything that surrounds a request.
 *
 * Returns a Fastify instance that listens nowhere yet: `app/` calls `listen`, tests call `inject`. No business rule
 * lives here; a handler reads the request, asks one face and presents the answer. Unknown query and body members are
 * refused, never dropped. Logs carry ids and addresses, never bodies, queries, secrets or the API key.
 */
import { readFile } from 'node:fs/promises'

import fastifyRateLimit from '@fastify/rate-limit'
import fastify, { LogController, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'

import { encodeBase32, type RandomBytes } from '../core/index.ts'
import type { Access } from '../people/index.ts'
import { createAllowedMethods } from './allowed-methods.ts'
import type { ApiOptions } from './api-options.ts'
import { decorateAccess, describeAccess, findAccess, isStillAllowed, requireAccess } from './authenticate.ts'
import { answerClientError, toClientErrorMessage } from './client-errors.ts'
import { decisionRoutes } from './decisions/decision-routes.ts'
import { accessRoutes } from './devices/access-routes.ts'
import { alarmRoutes } from './devices/alarm-routes.ts'
import { deviceRoutes } from './devices/device-routes.ts'
import { createDeviceViews } from './devices/device-views.ts'
import { fleetRoutes } from './devices/fleet-routes.ts'
import { modelRoutes } from './devices/model-routes.ts'
import { apiErrors, internalError } from './errors.ts'
import { importRoutes } from './imports/import-routes.ts'
import { assignmentRoutes } from './ledger/assignment-routes.ts'
import { contractPauseRoutes } from './ledger/contract-pause-routes.ts'
import { contractRoutes } from './ledger/contract-routes.ts'
import { contractSessionRoutes } from './ledger/contract-session-routes.ts'
import { creditNoteRoutes } from './ledger/credit-note-routes.ts'
import { customerRoutes } from './ledger/customer-routes.ts'
import { documentRoutes } from './ledger/document-routes.ts'
import { invoiceRoutes } from './ledger/invoice-routes.ts'
import { previewRoutes } from './ledger/preview-routes.ts'
import { manualLineRoutes } from './ledger/manual-line-routes.ts'
import { tariffRoutes } from './ledger/tariff-routes.ts'
import { paymentRoutes } from './ledger/payment-routes.ts'
import { taxRateRoutes } from './ledger/tax-rate-routes.ts'
import { components, registerOpenApi } from './openapi.ts'
import { apiKeyRoutes } from './people/api-key-routes.ts'
import { manufacturerRoutes } from './people/manufacturer-routes.ts'
import { meRoutes } from './people/me-routes.ts'
import { peopleRoutes } from './people/people-routes.ts'
import { setupRoutes } from './people/setup-routes.ts'
import { signInRoutes } from './people/sign-in-routes.ts'
import { auditRoutes } from './office/audit-routes.ts'
import { jobRoutes } from './office/job-routes.ts'
import { mailRoutes } from './office/mail-routes.ts'
import { printedMailRoutes } from './office/printed-mail-routes.ts'
import { bindCursors } from './cursors.ts'
import { tagAnswers } from './etags.ts'
import { eventRoutes } from './events/event-routes.ts'
import { exportRoutes } from './exports/export-routes.ts'
import { replayAnswers } from './idempotency/replay-answers.ts'
import { problemHeaders, problemLogLevel, PROBLEM_MEDIA_TYPE, toProblem } from './problem.ts'
import { closedObject } from './schema-parts.ts'
import { securityHeaders } from './security-headers.ts'
import { docsRoutes } from './service/docs-routes.ts'
import { pageRoutes } from './service/page-routes.ts'
import { createProblemPages } from './service/problem-pages.ts'
import { problemRoutes } from './service/problem-routes.ts'
import { serviceRoutes } from './service/service-routes.ts'
import { stripeWebhookRoute } from './service/stripe-webhook-route.ts'
import { payingRoutes } from './stripe/paying-routes.ts'
import { pushRoutes } from './stripe/push-routes.ts'
import { metricRoutes } from './usage/metric-routes.ts'
import { usageRoutes } from './usage/usage-routes.ts'
import { webhookRoutes } from './webhooks/webhook-routes.ts'
import { createSerializerCompiler } from './serialize.ts'
import { compileValidator } from './validate.ts'

const problemsDocument = new URL('../docs/problems.md', import.meta.url)

export async function createApi(options: ApiOptions): Promise<FastifyInstance> {
  const { metering, billing, people, office, clock, limits, pagesFolder, publicUrl, randomBytes } = options
  const answerProblem = problemAnswerer(publicUrl)
  const views = createDeviceViews(metering, billing, clock)
  const app = fastify({
    loggerInstance: options.log,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: () => createRequestId(randomBytes),
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestTimeoutMs,
    handlerTimeout: limits.answerTimeoutMs,
    frameworkErrors: (error, request, reply) => answerProblem(error, request, reply),
    clientErrorHandler: (error, socket) => {
      const requestId = createRequestId(randomBytes)
      options.log.info({ requestId, code: error.code }, 'refused what is not a request')
      answerClientError(socket, toClientErrorMessage(error.code, publicUrl, requestId))
    },
  })
  app.setValidatorCompiler(compileValidator)
  app.setSerializerCompiler(createSerializerCompiler(components, options.isCheckingAnswers ?? false))
  app.setErrorHandler(answerProblem)

  const allowedMethods = createAllowedMethods()
  app.addHook('onRoute', ({ url, method }) => allowedMethods.add(url, method))
  app.addHook('onSend', async (request, reply) => {
    reply.headers({ 'x-request-id': request.id, ...securityHeaders(pathOf(request)) })
  })
  app.addHook('onResponse', logAnswer)

  decorateAccess(app)
  await registerRateLimit(app, options)
  await registerOpenApi(app, publicUrl)

  app.setNotFoundHandler({ preHandler: app.rateLimit() }, (request, reply) => {
    const methods = allowedMethods.find(pathOf(request))
    if (methods.length === 0) {
      throw apiErrors.route_unknown('Use an address that "/openapi.json" lists.')
    }
    reply.header('allow', methods.join(', '))
    throw apiErrors.method_not_allowed(`Use ${methods.join(' or ')} at this address.`)
  })

  await app.register(serviceRoutes(options.readiness, options.registry, pagesFolder && '/app/'))
  if (pagesFolder !== undefined) await app.register(pageRoutes(pagesFolder))
  if (office.listPrintedMails() !== undefined) await app.register(printedMailRoutes(office))
  await app.register(docsRoutes())
  await app.register(problemRoutes(await loadProblemPages(options)))
  await app.register(stripeWebhookRoute(options.webhooks, limits.webhooksPerMinutePerAddress))
  await app.register(signInRoutes(people, publicUrl, limits.signInsPerMinutePerAddress))
  await app.register(
    async (v1) => {
      requireAccess(v1, people, publicUrl)
      replayAnswers(v1, options.idempotencyKeys)
      tagAnswers(v1)
      bindCursors(v1)
      v1.addHook('onRoute', (route) => {
        route.schema = { querystring: closedObject({}), ...route.schema, ...describeAccess(route.config) }
      })
      await v1.register(deviceRoutes(metering, views, clock))
      await v1.register(fleetRoutes(metering, billing, clock))
      await v1.register(importRoutes(metering, billing))
      await v1.register(accessRoutes(metering, views))
      await v1.register(alarmRoutes(metering))
      await v1.register(modelRoutes(metering))
      await v1.register(usageRoutes(metering, clock))
      await v1.register(metricRoutes(metering, clock))
      await v1.register(customerRoutes(billing))
      await v1.register(tariffRoutes(billing))
      await v1.register(taxRateRoutes(billing))
      await v1.register(paymentRoutes(billing))
      await v1.register(contractRoutes(billing, metering, clock))
      await v1.register(assignmentRoutes(billing))
      await v1.register(contractPauseRoutes(billing, clock))
      await v1.register(contractSessionRoutes(billing, metering, clock))
      await v1.register(previewRoutes(billing))
      await v1.register(invoiceRoutes(billing))
      await v1.register(documentRoutes(billing))
      await v1.register(creditNoteRoutes(billing))
      await v1.register(manualLineRoutes(billing))
      await v1.register(pushRoutes(options.stripe, billing, people))
      await v1.register(payingRoutes({ stripe: options.stripe, billing, people, publicUrl }))
      await v1.register(exportRoutes(billing, metering, clock))
      await v1.register(decisionRoutes(metering))
      await v1.register(meRoutes(people))
      await v1.register(peopleRoutes(people))
      await v1.register(apiKeyRoutes(people))
      await v1.register(manufacturerRoutes(people))
      await v1.register(setupRoutes(people, metering, options.mqttPort))
      await v1.register(auditRoutes(office))
      await v1.register(jobRoutes(office))
      await v1.register(mailRoutes(office))
      await v1.register(webhookRoutes(options.ownWebhooks))
      await v1.register(
        eventRoutes({
          metering,
          billing,
          views,
          clock,
          boot: encodeBase32(randomBytes(5)),
          onCommitted: options.onCommitted ?? (() => undefined),
          heartbeatMs: limits.eventHeartbeatMs,
          isStillAllowed: (request) => isStillAllowed(people, request),
        }),
      )
    },
    { prefix: '/v1' },
  )
  await app.ready()
  return app
}

async function registerRateLimit(app: FastifyInstance, { limits }: ApiOptions): Promise<void> {
  await app.register(fastifyRateLimit, {
    timeWindow: 60_000,
    keyGenerator: (request) => callerOf(findAccess(request)) ?? request.ip,
    max: (request) =>
      findAccess(request) === null
        ? limits.requestsPerMinutePerAddress
        : limits.requestsPerMinutePerManufacturer,
    errorResponseBuilder: (_request, { ttl }) =>
      apiErrors.too_many_requests(`Wait ${Math.ceil(ttl / 1_000)} s, then send fewer requests a minute.`),
  })
}

/** A manufacturer's people and keys are counted together, the installation's people one by one. */
function callerOf(access: Access | null): string | undefined {
  return access?.manufacturerId ?? access?.actor.id
}

function problemAnswerer(publicUrl: string) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const problem = toProblem(error, publicUrl, request.id)
    const level = problemLogLevel(error, problem.status)
    const logged = level === 'info' ? {} : { err: error }
    request.log[level]({ code: problem.code, status: problem.status, ...logged }, problem.title)
    // Also set here: what is refused before a route is found passes no hook.
    reply
      .code(problem.status)
      .headers({
        'x-request-id': request.id,
        ...securityHeaders(pathOf(request)),
        ...problemHeaders(problem),
      })
      .type(PROBLEM_MEDIA_TYPE)
      .send(JSON.stringify(problem))
  }
}

async function logAnswer(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const answer = {
    method: request.method,
    route: request.routeOptions.url,
    status: reply.statusCode,
    durationMs: Math.round(reply.elapsedTime),
    manufacturerId: findAccess(request)?.manufacturerId,
  }
  request.log.info(answer, 'answered')
}

async function loadProblemPages({ errorCatalogues }: ApiOptions) {
  const own = { ...apiErrors.declarations, [internalError.code]: internalError }
  return createProblemPages(await readFile(problemsDocument, 'utf8'), [own, ...errorCatalogues])
}

function createRequestId(randomBytes: RandomBytes): string {
  return `req_${encodeBase32(randomBytes(16))}`
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0] ?? ''
}
