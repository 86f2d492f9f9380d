/** The manufacturers of an installation, for whoever looks after it. */
import { queryOptions } from '@tanstack/react-query'

import { given } from './given.ts'
import { bodyOf, server, type BodyOf } from './request.ts'

export const manufacturersQuery = (after: string | undefined) =>
  queryOptions({
    queryKey: ['manufacturers', after],
    queryFn: ({ signal }) => {
      const query = { ...given({ after }), limit: 25 }
      return bodyOf(server.GET('/v1/manufacturers', { params: { query }, signal }))
    },
  })

/** Also mails its first administrator the way in. */
export const createManufacturer = (manufacturer: BodyOf<'createManufacturer'>) =>
  bodyOf(server.POST('/v1/manufacturers', { body: manufacturer }))
