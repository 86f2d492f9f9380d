/**
 * Signing in and out for browsers, at the addresses that better-auth uses. These are all there are of it: nobody signs himself up,
 * links an account or deletes a person here. Every one of them takes requests of our own pages only.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'

import type { Browser, Cookies } from '../../people/index.ts'
import type { ApiPeople } from '../api-options.ts'
import { problemResponses } from '../problem-schema.ts'
import { isSameOrigin } from '../same-origin.ts'
import { closedObject } from '../schema-parts.ts'

const MINUTE_MS = 60_000
const Email = Type.String({ minLength: 3, maxLength: 254 })
const Password = Type.String({ minLength: 1, maxLength: 128 })
const Done = closedObject({ success: Type.Literal(true) })
const SignedIn = closedObject({
  isSignedIn: Type.Boolean({ description: 'False for a link of somebody who signs in as he always does' }),
})

export function signInRoutes(
  { signIn }: Pick<ApiPeople, 'signIn'>,
  publicUrl: string,
  perMinute: number,
): FastifyPluginAsyncTypebox {
  return async (routes) => {
    const guarded = { config: { rateLimit: { max: perMinute, timeWindow: MINUTE_MS } } }
    const documented = { tags: ['sign-in'], security: [] }
    routes.addHook('onSend', async (_request, reply) => {
      reply.header('cache-control', 'no-store')
    })

    routes.post(
      '/auth/email-otp/send-verification-otp',
      {
        ...guarded,
        schema: {
          ...documented,
          operationId: 'sendSignInCode',
          summary: 'Mails a code; answers the same for an address that nobody has',
          body: closedObject({ email: Email, type: Type.Optional(Type.Literal('sign-in')) }),
          response: { 200: Done, ...problemResponses },
        },
      },
      async (request) => {
        await signIn.sendCode(request.body.email, toBrowser(request, publicUrl))
        return { success: true as const }
      },
    )

    routes.post(
      '/auth/sign-in/email-otp',
      {
        ...guarded,
        schema: {
          ...documented,
          operationId: 'signInWithCode',
          summary: 'Signs in with a code that was mailed',
          body: closedObject({ email: Email, otp: Type.String({ pattern: '^[0-9]{6}$' }) }),
          response: { 200: SignedIn, ...problemResponses },
        },
      },
      async (request, reply) =>
        answer(
          reply,
          await signIn.withCode(request.body.email, request.body.otp, toBrowser(request, publicUrl)),
        ),
    )

    routes.post(
      '/auth/sign-in/email',
      {
        ...guarded,
        schema: {
          ...documented,
          operationId: 'signInWithPassword',
          summary: 'Signs in with a password',
          body: closedObject({ email: Email, password: Password }),
          response: { 200: SignedIn, ...problemResponses },
        },
      },
      async (request, reply) =>
        answer(
          reply,
          await signIn.withPassword(request.body.email, request.body.password, toBrowser(request, publicUrl)),
        ),
    )

    routes.post(
      '/auth/welcome',
      {
        ...guarded,
        schema: {
          ...documented,
          operationId: 'openLink',
          summary: 'Uses a one-time link up: accepts the invitation and signs in',
          body: closedObject({
            token: Type.String({ pattern: '^[0-9a-z]{1,100}$' }),
            name: Type.Optional(Type.String({ maxLength: 200 })),
            password: Type.Optional(Password),
          }),
          response: { 200: SignedIn, ...problemResponses },
        },
      },
      async (request, reply) =>
        answer(reply, await signIn.withLink(request.body, toBrowser(request, publicUrl))),
    )

    routes.post(
      '/auth/sign-out',
      {
        ...guarded,
        schema: {
          ...documented,
          operationId: 'signOut',
          summary: 'Ends the session',
          response: { 200: Done, ...problemResponses },
        },
      },
      async (request, reply) => {
        reply.header('set-cookie', [...(await signIn.signOut(toBrowser(request, publicUrl)))])
        return { success: true as const }
      },
    )
  }
}

function toBrowser(request: FastifyRequest, publicUrl: string): Browser {
  return {
    cookie: request.headers.cookie,
    userAgent: request.headers['user-agent']?.slice(0, 300),
    isSameOrigin: isSameOrigin(request, publicUrl),
  }
}

function answer(reply: FastifyReply, cookies: Cookies): { isSignedIn: boolean } {
  if (cookies.length > 0) reply.header('set-cookie', [...cookies])
  return { isSignedIn: cookies.length > 0 }
}
