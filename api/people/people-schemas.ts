/** People, keys and settings as the API shows them. */
import { Type } from 'typebox'

import { formatInstant } from '../../core/index.ts'
import {
  rights,
  roles,
  type ApiKey,
  type ManufacturerSettings,
  type Me,
  type Member,
  type Place,
  apiKeySorts,
  manufacturerSorts,
  memberSorts,
} from '../../people/index.ts'
import {
  closedObject,
  component,
  Instant,
  nullable,
  pageComponent,
  presentInstant,
  withExample,
  GeneratedIdText,
  listQuery,
  SearchText,
} from '../schema-parts.ts'

const RightText = Type.Enum([...rights])
export const RoleText = Type.Enum([...roles.installation, ...roles.manufacturer, ...roles.customer])
export const LanguageText = Type.Enum(['en', 'de'])
export const Name = Type.String({ minLength: 1, maxLength: 200 })
export const Email = Type.String({ minLength: 3, maxLength: 254 })
export const Scopes = Type.Array(RightText, { minItems: 1, maxItems: rights.length })

const PlaceComponent = component('Place', { id: Type.String(), name: Type.String() })

export const MeComponent = component('Me', {
  person: nullable(
    closedObject({ id: Type.String(), name: Type.String(), email: Type.String(), language: LanguageText }),
  ),
  memberships: Type.Array(
    closedObject({
      id: Type.String(),
      role: RoleText,
      manufacturer: nullable(PlaceComponent.ref),
      customer: nullable(PlaceComponent.ref),
    }),
  ),
  active: closedObject({
    membershipId: nullable(Type.String()),
    role: nullable(RoleText),
    rights: Type.Array(RightText),
    manufacturer: nullable(PlaceComponent.ref),
    customer: nullable(PlaceComponent.ref),
  }),
})

export const MemberComponent = component('Member', {
  membershipId: Type.String(),
  personId: Type.String(),
  name: Type.String(),
  email: Type.String(),
  role: RoleText,
  customerId: nullable(Type.String()),
  state: Type.Enum(['invited', 'active']),
  invitedAt: Instant,
  lastSignInAt: nullable(Instant),
})
export const MemberQuery = listQuery(memberSorts, {
  role: Type.Optional(RoleText),
  customerId: Type.Optional(GeneratedIdText),
  state: Type.Optional(Type.Enum(['invited', 'active'])),
  text: SearchText('Part of the name or e-mail address, or the id'),
})
export const MemberPageComponent = pageComponent('MemberPage', MemberComponent)

const apiKeyMembers = {
  id: Type.String(),
  label: Type.String(),
  scopes: Type.Array(RightText),
  createdAt: Instant,
  expiresAt: nullable(Instant),
  lastUsedAt: nullable(Instant),
  revokedAt: nullable(Instant),
}
export const ApiKeyComponent = component('ApiKey', apiKeyMembers)
export const ApiKeyQuery = listQuery(apiKeySorts, {
  state: Type.Optional(Type.Enum(['active', 'ended'], { description: 'Now' })),
  text: SearchText('Part of the label, or the id'),
})
export const ApiKeyPageComponent = pageComponent('ApiKeyPage', ApiKeyComponent)
export const NewApiKeyComponent = component('NewApiKey', {
  ...apiKeyMembers,
  key: Type.String({ description: 'Shown this once' }),
})

const sellerMembers = {
  legalName: Name,
  taxId: Type.String({
    maxLength: 50,
    description: 'A VAT number, or the local tax number where there is none',
  }),
  taxNumber: Type.Optional(
    Type.String({ maxLength: 50, description: 'The local tax number beside a VAT number' }),
  ),
  registrationNumber: Type.Optional(
    Type.String({ maxLength: 100, description: 'In the register of companies' }),
  ),
  bank: Type.Optional(
    closedObject({
      accountName: Type.String({ maxLength: 200 }),
      bankName: Type.String({ maxLength: 200 }),
      accountNumber: Type.String({ minLength: 1, maxLength: 50, description: 'An IBAN, where there is one' }),
      bic: Type.String({ maxLength: 11 }),
    }),
  ),
  addressLines: Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { maxItems: 5 }),
  postalCode: Type.String({ maxLength: 20 }),
  city: Type.String({ maxLength: 100 }),
  country: Type.String({ pattern: '^[A-Z]{2}$' }),
  email: Email,
  phone: Type.String({ maxLength: 50 }),
}
const SellerComponent = component('Seller', sellerMembers)
const mailSenderMembers = { name: Name, address: Email }
const MailSenderComponent = component('MailSender', mailSenderMembers)

const HasDigest = Type.Boolean({
  description: 'Whether administrators and operators get a mail each morning with what needs them',
})

const ReminderDays = Type.Array(Type.Integer({ minimum: 1, maximum: 365 }), {
  maxItems: 5,
  description: 'How many days after its due day an open invoice is reminded of, ascending; none if empty',
})

const PaymentTermDays = Type.Integer({
  minimum: 0,
  maximum: 365,
  description: 'How many days after the day of issue an invoice is to be paid',
})

/** What somebody may write of a manufacturer. */
export const settingsMembers = {
  name: Name,
  invoicePrefix: Type.String({ pattern: '^[A-Z][A-Z0-9]{1,11}$' }),
  currency: Type.String({ pattern: '^[A-Z]{3}$' }),
  timeZone: Type.String({ minLength: 1, maxLength: 64 }),
  languages: Type.Array(LanguageText, { minItems: 1, maxItems: 2 }),
}
export const SettingsBody = withExample(
  closedObject(
    {
      name: Type.Optional(settingsMembers.name),
      invoicePrefix: Type.Optional(settingsMembers.invoicePrefix),
      currency: Type.Optional(settingsMembers.currency),
      timeZone: Type.Optional(settingsMembers.timeZone),
      languages: Type.Optional(settingsMembers.languages),
      seller: Type.Optional(closedObject(sellerMembers)),
      mailSender: Type.Optional(closedObject(mailSenderMembers)),
      hasDigest: Type.Optional(HasDigest),
      reminderDays: Type.Optional(ReminderDays),
      paymentTermDays: Type.Optional(PaymentTermDays),
    },
    { minProperties: 1 },
  ),
  { name: 'Nordbohr Nord', languages: ['de', 'en'] },
)

export const ManufacturerComponent = component('Manufacturer', {
  id: Type.String(),
  ...settingsMembers,
  seller: nullable(SellerComponent.ref),
  mailSender: nullable(MailSenderComponent.ref),
  hasDigest: HasDigest,
  reminderDays: ReminderDays,
  paymentTermDays: PaymentTermDays,
  stripe: closedObject({ isConnected: Type.Boolean(), mode: nullable(Type.Enum(['test', 'live'])) }),
  createdAt: Instant,
})
export const ManufacturerQuery = listQuery(manufacturerSorts, {
  text: SearchText('Part of the name, or the id'),
})
export const ManufacturerPageComponent = pageComponent('ManufacturerPage', ManufacturerComponent)

export const SetupComponent = component('Setup', {
  steps: Type.Array(
    closedObject({
      id: Type.Enum([
        'seller',
        'tax_rate',
        'model',
        'tariff',
        'device',
        'customer',
        'contract',
        'first_reading',
      ]),
      isDone: Type.Boolean(),
    }),
  ),
  isComplete: Type.Boolean(),
  mqttPort: Type.Integer({
    minimum: 1,
    maximum: 65_535,
    description: 'Where devices publish: MQTT over TCP, on the host of this address',
  }),
})

export const peopleComponents = [
  PlaceComponent,
  MeComponent,
  MemberComponent,
  MemberPageComponent,
  ApiKeyComponent,
  ApiKeyPageComponent,
  NewApiKeyComponent,
  SellerComponent,
  MailSenderComponent,
  ManufacturerComponent,
  ManufacturerPageComponent,
  SetupComponent,
]

const presentPlace = (place: Place | undefined) => place ?? null

export function presentMe({ person, memberships, active }: Me) {
  return {
    person: person ?? null,
    memberships: memberships.map(({ id, role, manufacturer, customer }) => ({
      id,
      role,
      manufacturer: presentPlace(manufacturer),
      customer: presentPlace(customer),
    })),
    active: {
      membershipId: active.membershipId ?? null,
      role: active.role ?? null,
      rights: [...active.rights],
      manufacturer: presentPlace(active.manufacturer),
      customer: presentPlace(active.customer),
    },
  }
}

export function presentMember(member: Member) {
  return {
    ...member,
    customerId: member.customerId ?? null,
    invitedAt: formatInstant(member.invitedAt),
    lastSignInAt: presentInstant(member.lastSignInAt),
  }
}

export function presentApiKey({ id, label, scopes, createdAt, expiresAt, lastUsedAt, revokedAt }: ApiKey) {
  return {
    id,
    label,
    scopes: [...scopes],
    createdAt: formatInstant(createdAt),
    expiresAt: presentInstant(expiresAt),
    lastUsedAt: presentInstant(lastUsedAt),
    revokedAt: presentInstant(revokedAt),
  }
}

export function presentManufacturer(settings: ManufacturerSettings) {
  const { seller, mailSender, stripe } = settings
  return {
    ...settings,
    languages: [...settings.languages],
    reminderDays: [...settings.reminderDays],
    seller: seller === undefined ? null : { ...seller, addressLines: [...seller.addressLines] },
    mailSender: mailSender ?? null,
    stripe: { isConnected: stripe.isConnected, mode: stripe.mode ?? null },
    createdAt: formatInstant(settings.createdAt),
  }
}
