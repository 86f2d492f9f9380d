/** Three people: one of a customer with a second membership, one of the manufacturer, one of the installation. Any code but 000000 signs them in. */
import type { Me } from '../src/api/me.ts'

const manufacturer = { id: 'man_1', name: 'Bohrwerk GmbH' }
const customer = { id: 'cus_1', name: 'Tunnelbau Linz' }
const otherCustomer = { id: 'cus_2', name: 'Steinbruch Nord' }

export const customerPerson: Me = {
  person: { id: 'per_1', name: 'Mara Steiner', email: 'mara@tunnelbau.example', language: 'en' },
  memberships: [
    { id: 'mem_1', role: 'customer_owner', manufacturer, customer },
    { id: 'mem_2', role: 'customer_member', manufacturer, customer: otherCustomer },
  ],
  active: {
    membershipId: 'mem_1',
    role: 'customer_owner',
    rights: [
      'devices:read',
      'catalogue:read',
      'customers:read',
      'usage:read',
      'bills:read',
      'payment_methods:write',
      'people:read',
    ],
    manufacturer,
    customer,
  },
}

export const manufacturerPerson: Me = {
  person: { id: 'per_2', name: 'Jo Berg', email: 'jo@bohrwerk.example', language: 'en' },
  memberships: [{ id: 'mem_3', role: 'manufacturer_admin', manufacturer, customer: null }],
  active: {
    membershipId: 'mem_3',
    role: 'manufacturer_admin',
    rights: [
      'devices:read',
      'devices:write',
      'holds:write',
      'catalogue:read',
      'catalogue:write',
      'customers:read',
      'customers:write',
      'usage:read',
      'bills:read',
      'bills:write',
      'payment_methods:write',
      'people:read',
      'people:write',
      'keys:read',
      'keys:write',
      'settings:read',
      'settings:write',
      'audit:read',
      'mails:read',
      'mails:write',
      'jobs:read',
    ],
    manufacturer,
    customer: null,
  },
}

export const installationPerson: Me = {
  person: { id: 'per_9', name: 'Ada Root', email: 'ada@installation.example', language: 'en' },
  memberships: [{ id: 'mem_9', role: 'installation_admin', manufacturer: null, customer: null }],
  active: {
    membershipId: 'mem_9',
    role: 'installation_admin',
    rights: [
      'installation:read',
      'installation:write',
      'people:read',
      'people:write',
      'audit:read',
      'mails:read',
      'mails:write',
      'jobs:read',
      'jobs:write',
    ],
    manufacturer: null,
    customer: null,
  },
}
