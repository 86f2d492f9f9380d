/** Which methods an address takes, for the `Allow` of a 405 (RFC 9110 §15.5.6). Fill it with the `onRoute` hook. */
type AllowedMethods = {
  readonly add: (url: string, methods: string | readonly string[]) => void
  /** Empty when no route has this path. */
  readonly find: (path: string) => readonly string[]
}

export function createAllowedMethods(): AllowedMethods {
  const routes = new Map<string, { readonly pattern: RegExp; readonly methods: Set<string> }>()
  return {
    add: (url, methods) => {
      const route = routes.get(url) ?? { pattern: patternOf(url), methods: new Set() }
      for (const method of [methods].flat()) route.methods.add(method)
      routes.set(url, route)
    },
    find: (path) => {
      const matching = [...routes.values()].filter(({ pattern }) => pattern.test(path))
      return [...new Set(matching.flatMap(({ methods }) => [...methods]))].sort()
    },
  }
}

function patternOf(url: string): RegExp {
  const segments = url.split('/').map((segment) => {
    if (segment === '*') return '.*'
    return segment.startsWith(':') ? '[^/]+' : RegExp.escape(segment)
  })
  return new RegExp(`^${segments.join('/')}$`)
}
