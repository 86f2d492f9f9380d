/** A page of a list, as every list of the API answers. */
export type Page<Item> = { readonly items: readonly Item[]; readonly nextAfter: string | null }

export type Period = { readonly from: string; readonly to: string }
export type Named = { readonly id: string; readonly name: string }
