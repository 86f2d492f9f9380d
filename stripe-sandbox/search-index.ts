/**
 * What search can see: objects as they were a while ago. A change becomes visible when its object was left alone for the lag, so that code
 * which searches for what it has just written does not find it. With no lag the present state is searched.
 */
export type SearchIndex<T> = {
  readonly record: (id: string, item: T | undefined) => void
  /** The newest first. */
  readonly visible: () => readonly T[]
}

export function createSearchIndex<T>(lagMs: number, nowMs: () => number): SearchIndex<T> {
  const seen = new Map<string, T>()
  /** By the instant of the last change, the earliest first. */
  const waiting = new Map<string, { readonly item: T | undefined; readonly atMs: number }>()

  function letThrough(): void {
    for (const [id, { item, atMs }] of waiting) {
      if (nowMs() - atMs < lagMs) return
      waiting.delete(id)
      if (item === undefined) seen.delete(id)
      else seen.set(id, item)
    }
  }

  return {
    record(id, item) {
      letThrough()
      waiting.delete(id)
      waiting.set(id, { item, atMs: nowMs() })
    },
    visible() {
      letThrough()
      return [...seen.values()].reverse()
    },
  }
}
