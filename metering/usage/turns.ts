const ITEMS_PER_TURN = 1_024

/** True after every thousand items: then a long loop yields, so that its caller can do something else in between. */
export function isTurnOver(index: number): boolean {
  return index % ITEMS_PER_TURN === ITEMS_PER_TURN - 1
}
