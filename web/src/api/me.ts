/** Who is signed in, with which memberships and rights; and signing in and out (better-auth, `/auth`). */
import { queryOptions } from '@tanstack/react-query'

import { bodyOf, server, type BodyOf, type Schemas } from './request.ts'

export type Me = Schemas['Me']
export type Membership = Me['memberships'][number]
export type Right = Me['active']['rights'][number]
export type Language = NonNullable<Me['person']>['language']

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => bodyOf(server.GET('/v1/me', { signal })),
  staleTime: 60_000,
})

export const updateMe = (change: BodyOf<'updateMe'>) => bodyOf(server.PATCH('/v1/me', { body: change }))

export const activateMembership = (membershipId: string) =>
  bodyOf(server.POST('/v1/me/active-membership', { body: { membershipId } }))

export const sendCode = (email: string) =>
  bodyOf(server.POST('/auth/email-otp/send-verification-otp', { body: { email, type: 'sign-in' } }))

export const signInWithCode = (email: string, otp: string) =>
  bodyOf(server.POST('/auth/sign-in/email-otp', { body: { email, otp } }))

export const signInWithPassword = (email: string, password: string) =>
  bodyOf(server.POST('/auth/sign-in/email', { body: { email, password } }))

export const acceptWelcome = (welcome: BodyOf<'openLink'>) =>
  bodyOf(server.POST('/auth/welcome', { body: welcome }))

export const signOut = () => bodyOf(server.POST('/auth/sign-out'))
