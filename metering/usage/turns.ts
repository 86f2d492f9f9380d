const ITEMS_PER_TURN = 1_024

/** True after every thousand items: then a long loop yields, so that its caller can do something else in between. */
export function isTurnOver(index: number): boolean {
  return index % ITEMS_PER_TURN === ITEMS_PER_TURN - 1
}

/** Does work that comes in turns at once. */
export function runToEnd<Result>(work: Generator<void, Result>): Result {
  for (;;) {
    const step = work.next()
    if (step.done === true) return step.value
  }
}
