import type { Tenant } from '../core/index.ts'

export type Owned = { readonly tenant: Tenant; readonly id: string }

/** What each asks for by id as its tenant may see it, in their order: one reading for each tenant. */
export async function readOwn<Found extends { readonly id: string }>(
  asked: readonly Owned[],
  read: (tenant: Tenant, ids: readonly string[]) => Promise<readonly Found[]>,
): Promise<readonly (Found | undefined)[]> {
  const found = new Map<string, Found>()
  for (const ofTenant of Map.groupBy(asked, ({ tenant }) => JSON.stringify(tenant)).values()) {
    const [{ tenant }] = ofTenant as [Owned]
    const ids = [...new Set(ofTenant.map(({ id }) => id))]
    for (const each of await read(tenant, ids)) found.set(keyOf(tenant, each.id), each)
  }
  return asked.map(({ tenant, id }) => found.get(keyOf(tenant, id)))
}

function keyOf(tenant: Tenant, id: string): string {
  return JSON.stringify([tenant, id])
}
