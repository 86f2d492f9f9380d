/** Who is signed in, with which memberships and rights; and signing in and out (better-auth, `/auth`). */
import { queryOptions } from '@tanstack/react-query'

import type { Named } from './pages.ts'
import { getJson, patchJson, postJson } from './request.ts'

export type Language = 'en' | 'de'

export type Membership = {
  readonly id: string
  readonly role: string
  readonly manufacturer: Named | null
  readonly customer: Named | null
}

export type Me = {
  readonly person: {
    readonly id: string
    readonly name: string
    readonly email: string
    readonly language: Language
  } | null
  readonly memberships: readonly Membership[]
  readonly active: {
    readonly membershipId: string | null
    readonly role: string | null
    readonly rights: readonly string[]
    readonly manufacturer: Named | null
    readonly customer: Named | null
  }
}

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => getJson<Me>('/v1/me', { signal }),
  staleTime: 60_000,
})

export const updateMe = (change: { readonly name?: string; readonly language?: Language }) =>
  patchJson<Me>('/v1/me', change)

export const activateMembership = (membershipId: string) =>
  postJson<Me>('/v1/me/active-membership', { membershipId })

export const sendCode = (email: string) =>
  postJson<unknown>('/auth/email-otp/send-verification-otp', { email, type: 'sign-in' })

export const signInWithCode = (email: string, otp: string) =>
  postJson<unknown>('/auth/sign-in/email-otp', { email, otp })

export const signInWithPassword = (email: string, password: string) =>
  postJson<unknown>('/auth/sign-in/email', { email, password })

export const acceptWelcome = (welcome: {
  readonly token: string
  readonly name?: string
  readonly password?: string
}) => postJson<unknown>('/auth/welcome', welcome)

export const signOut = () => postJson<unknown>('/auth/sign-out')
