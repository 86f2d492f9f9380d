/** Two sorted sequences as one, each read only as far as it is needed. Of equal members the left one comes first. */
export function* mergeSorted<Member>(
  left: Iterable<Member>,
  right: Iterable<Member>,
  compare: (one: Member, other: Member) => number,
): Generator<Member, void, undefined> {
  const rest = right[Symbol.iterator]()
  let next = rest.next()
  for (const member of left) {
    while (next.done !== true && compare(next.value, member) < 0) {
      yield next.value
      next = rest.next()
    }
    yield member
  }
  for (; next.done !== true; next = rest.next()) yield next.value
}
