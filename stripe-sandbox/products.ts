/** Products: a name for what a line with a price is about. They come into being by themselves with such a line, too. */
import type { Stripe } from 'stripe'
import type { Operation, SandboxContext } from './operation.ts'
import {
  metadata,
  patchMetadata,
  readParameters,
  text,
  type MetadataPatch,
  type ReadersOf,
} from './parameters.ts'
import { resourceMissing } from './stripe-failure.ts'

type NewProduct = {
  readonly name: string
  readonly description?: string
  readonly metadata?: MetadataPatch
  readonly unit_label?: string
}

export const productOperations: readonly Operation[] = [
  {
    name: 'create_product',
    method: 'POST',
    path: '/v1/products',
    prepare(context, form) {
      const given = readParameters(
        form,
        {
          name: text(250),
          description: text(500),
          metadata,
          unit_label: text(12),
        } satisfies ReadersOf<Stripe.ProductCreateParams>,
        ['name'],
      )
      return (): Stripe.Product => newProduct(context, given)
    },
  },
  {
    name: 'retrieve_product',
    method: 'GET',
    path: '/v1/products/{id}',
    prepare(context, form, id) {
      readParameters(form, {})
      return (): Stripe.Product => getProduct(context, id, 404)
    },
  },
]

export function getProduct({ state }: SandboxContext, id: string, status: 400 | 404): Stripe.Product {
  const product = state.products.get(id)
  if (product === undefined) throw resourceMissing('product', id, 'product', status)
  return product
}

export function newProduct({ state, newId, nowSecond }: SandboxContext, given: NewProduct): Stripe.Product {
  const now = nowSecond()
  const product: Stripe.Product = {
    id: newId('prod'),
    object: 'product',
    active: true,
    created: now,
    default_price: null,
    description: given.description ?? null,
    images: [],
    livemode: false,
    marketing_features: [],
    metadata: patchMetadata(null, given.metadata),
    name: given.name,
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: null,
    tax_details: null,
    type: 'service',
    unit_label: given.unit_label ?? null,
    updated: now,
    url: null,
  }
  state.products.put(product)
  return product
}
