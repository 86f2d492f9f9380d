/** Which roles there are in which kind of tenant, the most limited first. The server decides who may give which. */
export const rolesOf = {
  installation: ['installation_admin'],
  manufacturer: ['operator', 'finance', 'auditor', 'manufacturer_admin'],
  customer: ['customer_member', 'customer_owner'],
} as const

export type TenantKind = keyof typeof rolesOf
