/**
 * better-auth on the ledger: sessions, signed cookies, codes and password hashes. What it does is what is called here; nothing
 * of its own routes is reachable but through `sign-in.ts`, which names each address it asks.
 *
 * Switched off: signing up, social accounts, changing an address, deleting a person, its rate limiter (ours is per e-mail address and
 * per network address), its cookie cache, telemetry. Its check of the origin is on in every environment. Its own clock is the
 * machine's. Codes are stored under a keyed hash: six digits are quickly tried by whoever has the database.
 */
import { createHmac, hkdfSync } from 'node:crypto'
import { betterAuth } from 'better-auth'
import { APIError, createAuthEndpoint } from 'better-auth/api'
import { setSessionCookie } from 'better-auth/cookies'
import { emailOTP } from 'better-auth/plugins/email-otp'
import { DAY_MS, encodeBase32, MINUTE_MS, SECOND_MS } from '../../core/index.ts'
import type { PeopleOptions } from '../people-types.ts'
import { MAX_PASSWORD_LENGTH } from './check-password.ts'
import { IntegersAsNumbers } from './integers-as-numbers.ts'

export const SIGN_IN_PATH = '/auth'
export const CODE_LIFETIME_MS = 10 * MINUTE_MS
const SESSION_LIFETIME_MS = 14 * DAY_MS
const GUESSES_PER_CODE = 5
const COOKIE_PREFIX = 'us'

/** As better-auth names it: with `__Secure-` where cookies go over TLS only. */
export function sessionCookieName(publicUrl: string): string {
  return `${publicUrl.startsWith('https:') ? '__Secure-' : ''}${COOKIE_PREFIX}.session_token`
}

type EngineParts = {
  readonly secretKey: Uint8Array
  /** Whether the person may sign in at all, and with which membership first. */
  readonly findFirstMembership: (personId: string) => Promise<string | undefined>
  readonly onSession: (personId: string) => Promise<void>
  readonly mailCode: (email: string, code: string) => Promise<void>
  readonly inBackground: (work: Promise<unknown>) => void
}

export type AuthEngine = ReturnType<typeof createAuthEngine>

export function createAuthEngine({ ledger, publicUrl, randomBytes, log }: PeopleOptions, parts: EngineParts) {
  const secret = deriveKey(parts.secretKey, 'usance sign-in').toString('base64url')
  const codeKey = deriveKey(parts.secretKey, 'usance sign-in codes')
  return betterAuth({
    appName: 'Usance',
    baseURL: publicUrl,
    basePath: SIGN_IN_PATH,
    secret,
    trustedOrigins: [],
    database: { db: ledger.withPlugin(new IntegersAsNumbers()), type: 'sqlite' },
    user: {
      modelName: 'people',
      fields: { emailVerified: 'is_email_verified', createdAt: 'created_at', updatedAt: 'updated_at' },
    },
    session: {
      modelName: 'sessions',
      fields: {
        userId: 'person_id',
        ipAddress: 'ip_address',
        userAgent: 'user_agent',
        expiresAt: 'expires_at',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
      },
      additionalFields: {
        activeMembershipId: {
          type: 'string',
          required: false,
          input: false,
          fieldName: 'active_membership_id',
        },
      },
      expiresIn: SESSION_LIFETIME_MS / SECOND_MS,
      disableSessionRefresh: true,
    },
    account: {
      modelName: 'accounts',
      fields: {
        userId: 'person_id',
        accountId: 'account_id',
        providerId: 'provider_id',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
      },
    },
    verification: {
      modelName: 'verifications',
      fields: { expiresAt: 'expires_at', createdAt: 'created_at', updatedAt: 'updated_at' },
    },
    emailAndPassword: { enabled: true, disableSignUp: true, maxPasswordLength: MAX_PASSWORD_LENGTH },
    plugins: [
      emailOTP({
        expiresIn: CODE_LIFETIME_MS / SECOND_MS,
        allowedAttempts: GUESSES_PER_CODE,
        storeOTP: { hash: async (code) => createHmac('sha256', codeKey).update(code).digest('base64url') },
        // Off, an unknown address would leave no code behind and be told apart; the hook below makes nobody.
        disableSignUp: false,
        sendVerificationOTP: ({ email, otp }) => parts.mailCode(email, otp),
      }),
      { id: 'one-time-link', endpoints: { openSession } },
    ],
    databaseHooks: {
      user: {
        create: {
          before: async () => {
            throw refusal()
          },
        },
      },
      session: {
        create: {
          before: async (session) => {
            const membershipId =
              session['activeMembershipId'] ?? (await parts.findFirstMembership(session.userId))
            if (membershipId === undefined) throw refusal()
            return { data: { ...session, activeMembershipId: membershipId } }
          },
          after: ({ userId }) => parts.onSession(userId),
        },
      },
    },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    advanced: {
      cookiePrefix: COOKIE_PREFIX,
      useSecureCookies: publicUrl.startsWith('https:'),
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax', path: '/' },
      disableOriginCheck: false,
      disableCSRFCheck: false,
      ipAddress: { disableIpTracking: true },
      // The migrations are the schema, and it is checked when the ledger is opened.
      database: {
        validateSchema: false,
        generateId: ({ model }) => `${idPrefixes[model] ?? 'row'}_${encodeBase32(randomBytes(16))}`,
      },
      backgroundTasks: { handler: parts.inBackground },
    },
    logger: {
      level: 'error',
      log: (level, message, ...rest: unknown[]) => {
        const err = rest.find((each) => each instanceof Error)
        log[level]({ part: 'better-auth', ...(err === undefined ? {} : { err }) }, message)
      },
    },
  })
}

const idPrefixes: Readonly<Record<string, string>> = {
  session: 'ses',
  account: 'acc',
  verification: 'ver',
}

type LinkOwner = { readonly personId: string; readonly membershipId: string }

// The type of the body; nothing checks it, because only our own code calls.
const openSessionOptions = { method: 'POST', metadata: { $Infer: { body: {} as LinkOwner } } } as const

/** For whoever opened a link, which is checked before. Has no address: only a call from our own code gets here. */
const openSession = createAuthEndpoint.serverOnly(openSessionOptions, async (context) => {
  const { personId, membershipId } = context.body
  const { internalAdapter } = context.context
  const user = await internalAdapter.findUserById(personId)
  if (user === null) throw refusal()
  const session = await internalAdapter.createSession(personId, false, { activeMembershipId: membershipId })
  await setSessionCookie(context, { session, user })
  return { success: true }
})

/** The same as a wrong code. */
function refusal(): APIError {
  return new APIError('BAD_REQUEST', { code: 'INVALID_OTP', message: 'Invalid OTP' })
}

function deriveKey(secretKey: Uint8Array, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secretKey, new Uint8Array(), purpose, 32))
}
