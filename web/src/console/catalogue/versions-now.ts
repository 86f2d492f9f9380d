/** Which version of a tariff is in force at an instant, and which follows. */
type Dated = { readonly effectiveAt: string }

export function versionsNow<Version extends Dated>(versions: readonly Version[], now: number) {
  const inOrder = versions.toSorted((one, other) => startOf(one) - startOf(other))
  return {
    current: inOrder.findLast((version) => startOf(version) <= now),
    next: inOrder.find((version) => startOf(version) > now),
    newestFirst: inOrder.toReversed(),
  }
}

function startOf({ effectiveAt }: Dated): number {
  return Date.parse(effectiveAt)
}
