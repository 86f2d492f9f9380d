/** What is typed into a page's card field: Stripe's test numbers, and what each does when it is saved and when it is charged. */
import type { CardKind } from './cards.ts'

export type TestCard = {
  /** How it is charged once it is saved. */
  readonly kind: CardKind
  readonly whenSaved: 'works' | 'asks' | 'declines'
  /** How it is charged while the customer is at the page. */
  readonly whenPaying: CardKind
}

const card = (
  last4: string,
  behaviour: CardKind['behaviour'],
  whenSaved: TestCard['whenSaved'] = 'works',
  paying = behaviour,
  brand = 'visa',
): TestCard => ({
  kind: { brand, last4, behaviour },
  whenSaved,
  whenPaying: { brand, last4, behaviour: paying },
})

const numbers: ReadonlyMap<string, TestCard> = new Map([
  ['4242424242424242', card('4242', 'works')],
  ['5555555555554444', card('4444', 'works', 'works', 'works', 'mastercard')],
  ['4000000000000341', card('0341', 'declines')],
  ['4000002500003155', card('3155', 'works', 'asks', 'asks')],
  ['4000002760003184', card('3184', 'asks')],
  ['4000000000000002', card('0002', 'declines', 'declines')],
])

/** Shown beside the field. */
export const testCardHints: readonly (readonly [string, string])[] = [
  ['4242 4242 4242 4242', 'works'],
  ['4000 0000 0000 0341', 'is saved, then declines each payment'],
  ['4000 0025 0000 3155', 'asks for a confirmation when it is saved, then works'],
  ['4000 0027 6000 3184', 'asks for a confirmation at each payment'],
  ['4000 0000 0000 0002', 'is declined at once'],
]

/** Spaces are ignored; undefined for what is no test card. */
export function findTestCard(typed: string): TestCard | undefined {
  return numbers.get(typed.replaceAll(/[\s-]/g, ''))
}
