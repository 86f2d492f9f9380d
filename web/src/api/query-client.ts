/**
 * What was asked of the server, kept while pages need it. When any answer says that nobody is signed in any more, who is signed in is
 * asked anew: the shell then leads to the sign-in, and from there back to the same page.
 */
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'

import { meQuery } from './me.ts'
import { Problem } from './request.ts'

export function createQueryClient(): QueryClient {
  const onError = (error: unknown) => {
    if (!(error instanceof Problem) || error.status !== 401) return
    if (client.getQueryData(meQuery.queryKey) !== undefined) void client.resetQueries(meQuery)
  }
  const client = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        // What the server refused it refuses again; only what did not arrive is worth asking for once more.
        retry: (failures, error) =>
          failures < 1 && error instanceof Problem && (error.status === 0 || error.status >= 502),
        retryDelay: 500,
      },
    },
  })
  return client
}
