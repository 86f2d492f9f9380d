/**
 * What people/ offers to the other folders: the words of its face. `create-people.ts` builds it.
 *
 * Whatever acts takes an `Access`: who it is, with whose data, and what he may. Verbs keep within its tenant by themselves (I12);
 * that the route's right is held is checked before them, that no right is given away that the giver lacks is checked here.
 */
import type { Kysely, Transaction } from 'kysely'
import type { Logger } from 'pino'
import type {
  ApiKeyId,
  Clock,
  CustomerId,
  ExpectedVersions,
  ManufacturerId,
  MembershipId,
  PersonId,
  RandomBytes,
} from '../core/index.ts'
import type { LedgerTables } from '../db/index.ts'
import type { ApiKeyQuery, ManufacturerQuery, MemberQuery } from './list-sorts.ts'
import type { Access, Right, Role } from './rights.ts'

export type Language = 'en' | 'de'

/** A mail that must go out if and only if the transaction commits. */
export type PeopleMail = {
  readonly template: 'sign_in_code' | 'invitation' | 'admin_link'
  readonly to: string
  readonly language: Language
  /** Whose sender it carries; undefined is the installation's. */
  readonly manufacturerId: ManufacturerId | undefined
  readonly data: Readonly<Record<string, string>>
}
export type SendMail = (transaction: Transaction<LedgerTables>, mail: PeopleMail) => Promise<void>

/** The pair that a manufacturer has at Stripe. */
export type StripePair = { readonly apiKey: string; readonly webhookSecret: string }

/** Keeps the pair encrypted; `alsoInTransaction` runs in the same transaction. Refuses what nobody confirmed. */
export type StoreStripePair = (
  manufacturerId: ManufacturerId,
  pair: StripePair,
  options: {
    readonly isConfirmed: boolean
    readonly alsoInTransaction: (transaction: Transaction<LedgerTables>) => Promise<void>
  },
) => Promise<void>

export type PeopleOptions = {
  readonly ledger: Kysely<LedgerTables>
  readonly clock: Clock
  readonly randomBytes: RandomBytes
  readonly log: Logger
  /** Where people reach the server, without a slash at the end. */
  readonly publicUrl: string
  /** The installation's 32 bytes; nobody can sign in without them. */
  readonly secretKey: Uint8Array | undefined
  readonly sendMail: SendMail
  /** Absent without `secretKey`. */
  readonly storeStripePair: StoreStripePair | undefined
}

/** What the browser sent along, and whether it is one of our own pages that asks. */
export type Browser = {
  readonly cookie: string | undefined
  readonly userAgent: string | undefined
  readonly isSameOrigin: boolean
}

/** Values of `Set-Cookie`. */
export type Cookies = readonly string[]

export type Place = { readonly id: string; readonly name: string }

export type Me = {
  readonly person:
    | { readonly id: PersonId; readonly name: string; readonly email: string; readonly language: Language }
    | undefined
  readonly memberships: readonly {
    readonly id: MembershipId
    readonly role: Role
    readonly manufacturer: Place | undefined
    readonly customer: Place | undefined
  }[]
  readonly active: {
    readonly membershipId: MembershipId | undefined
    readonly role: Role | undefined
    readonly rights: readonly Right[]
    readonly manufacturer: Place | undefined
    readonly customer: Place | undefined
  }
}

export type Member = {
  readonly membershipId: MembershipId
  readonly personId: PersonId
  readonly name: string
  readonly email: string
  readonly role: Role
  readonly customerId: CustomerId | undefined
  readonly state: 'invited' | 'active'
  readonly invitedAt: number
  readonly lastSignInAt: number | undefined
}

export type Invitation = {
  readonly email: string
  readonly name: string
  readonly role: Role
  readonly customerId?: CustomerId
}

export type ApiKey = {
  readonly id: ApiKeyId
  readonly label: string
  readonly scopes: readonly Right[]
  readonly createdAt: number
  readonly expiresAt: number | undefined
  readonly lastUsedAt: number | undefined
  readonly revokedAt: number | undefined
}

export type SellerBank = {
  readonly accountName: string
  readonly bankName: string
  /** An IBAN, or a national account number where there are none. */
  readonly accountNumber: string
  readonly bic: string
}

export type Seller = {
  readonly legalName: string
  /** A VAT number, or the local tax number where there is none. */
  readonly taxId: string
  /** The local tax number beside a VAT number. */
  readonly taxNumber?: string
  /** In the register of companies. */
  readonly registrationNumber?: string
  /** Where customers pay to. */
  readonly bank?: SellerBank
  readonly addressLines: readonly string[]
  readonly postalCode: string
  readonly city: string
  readonly country: string
  readonly email: string
  readonly phone: string
}

export type ManufacturerSettings = {
  readonly id: ManufacturerId
  readonly name: string
  readonly invoicePrefix: string
  readonly currency: string
  readonly timeZone: string
  readonly languages: readonly Language[]
  readonly seller: Seller | undefined
  readonly mailSender: { readonly name: string; readonly address: string } | undefined
  /** Whether administrators and operators get a mail each morning with what needs them. */
  readonly hasDigest: boolean
  /** Days after the due day on which an open invoice is reminded of, ascending; none if empty. */
  readonly reminderDays: readonly number[]
  /** How many days after the day of issue an invoice is to be paid. */
  readonly paymentTermDays: number
  readonly stripe: { readonly isConnected: boolean; readonly mode: 'test' | 'live' | undefined }
  readonly createdAt: number
}

export type SettingsChange = Partial<
  Pick<
    ManufacturerSettings,
    | 'name'
    | 'invoicePrefix'
    | 'currency'
    | 'timeZone'
    | 'languages'
    | 'seller'
    | 'mailSender'
    | 'hasDigest'
    | 'reminderDays'
    | 'paymentTermDays'
  >
>

export type NewManufacturer = Pick<
  ManufacturerSettings,
  'name' | 'invoicePrefix' | 'currency' | 'timeZone' | 'languages'
> & {
  /** Left out by the demo, benches and tests, whose people get links without mails. */
  readonly admin?: { readonly email: string; readonly name: string }
}

export type Page<Item> = { readonly items: readonly Item[]; readonly nextAfter: string | undefined }

/** Which steps of setting up the ledger can tell; devices and models are asked elsewhere. */
export type LedgerSetup = {
  readonly seller: boolean
  readonly taxRate: boolean
  readonly tariff: boolean
  readonly customer: boolean
  readonly contract: boolean
}

export type SignIn = {
  /** Answers the same, and stores the same, whether the address is known or not. */
  sendCode(email: string, browser: Browser): Promise<void>
  /** @throws AppError `sign_in_refused` whatever is wrong */
  withCode(email: string, code: string, browser: Browser): Promise<Cookies>
  /** @throws AppError `sign_in_refused` whatever is wrong */
  withPassword(email: string, password: string, browser: Browser): Promise<Cookies>
  /**
   * Uses a one-time link up. No cookies for somebody who is a member elsewhere: he signs in as always. @throws AppError `link_unknown`,
   * `link_expired`, `link_used`, `password_weak`
   */
  withLink(
    input: { readonly token: string; readonly name?: string; readonly password?: string },
    browser: Browser,
  ): Promise<Cookies>
  signOut(browser: Browser): Promise<Cookies>
}

export type People = {
  readonly signIn: SignIn

  /** Undefined for a key that is unknown, revoked or expired. */
  authenticateApiKey(key: string): Promise<Access | undefined>
  /** `none` without a cookie of ours, `ended` for one that opens nothing any more. */
  authenticateSession(cookie: string | undefined): Promise<Access | 'none' | 'ended'>

  getMe(access: Access): Promise<Me>
  /** @throws AppError `person_needed` */
  updateMe(access: Access, change: { readonly name?: string; readonly language?: Language }): Promise<Me>
  /** @throws AppError `person_needed`, `membership_not_found` */
  setActiveMembership(access: Access, membershipId: string): Promise<void>
  /** Ends the person's other sessions. @throws AppError `person_needed`, `session_too_old`, `password_weak` */
  setPassword(access: Access, password: string): Promise<void>

  listPeople(access: Access, query: MemberQuery): Promise<Page<Member>>
  /** Mails a link; inviting somebody again who has not come yet mails a new one. @throws AppError `right_not_held`, `member_exists` … */
  invite(access: Access, invitation: Invitation): Promise<Member>
  changeRole(access: Access, membershipId: string, role: Role): Promise<Member>
  removeMember(access: Access, membershipId: string, reason: string): Promise<void>

  createApiKey(
    access: Access,
    input: { readonly label: string; readonly scopes: readonly Right[]; readonly expiresAt?: number },
  ): Promise<ApiKey & { readonly key: string }>
  listApiKeys(access: Access, query: ApiKeyQuery): Promise<Page<ApiKey>>
  revokeApiKey(access: Access, apiKeyId: string): Promise<ApiKey>

  listManufacturers(query: ManufacturerQuery): Promise<Page<ManufacturerSettings>>
  /** Also mails its first administrator a link. */
  createManufacturer(access: Access, input: NewManufacturer): Promise<ManufacturerSettings>
  getSettings(manufacturerId: ManufacturerId): Promise<ManufacturerSettings>
  /** @throws AppError `etag_stale` */
  updateSettings(
    access: Access,
    change: SettingsChange,
    expected?: ExpectedVersions,
  ): Promise<ManufacturerSettings>
  /** `isConfirmed`: whoever enters the pair knows what comes of another account, or of what was issued before. */
  connectStripe(
    access: Access,
    pair: StripePair,
    options?: { readonly isConfirmed?: boolean },
  ): Promise<ManufacturerSettings>
  findLedgerSetup(manufacturerId: ManufacturerId): Promise<LedgerSetup>

  /**
   * The installation's first administrator. @throws AppError `already_initialised` when there is one, unless `isAgain`
   * and nobody has ever signed in
   */
  initialise(input: {
    readonly email: string
    readonly name: string
    readonly isAgain: boolean
  }): Promise<string>
  /** For the demo and tests: makes the person and the membership if need be, and a link without a mail. */
  createSignInLink(input: {
    readonly email: string
    readonly name: string
    readonly role: Role
    readonly manufacturerId?: ManufacturerId
    readonly customerId?: CustomerId
  }): Promise<string>

  /** Waits for what goes on after an answer was given. */
  close(): Promise<void>
}
