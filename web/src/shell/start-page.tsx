/** The address without a page: goes to the first that this person may open. */
import { useQuery } from '@tanstack/react-query'
import { Navigate } from '@tanstack/react-router'

import { meQuery } from '../api/me.ts'
import { setupQuery } from '../api/office.ts'
import { audienceOf, startPath } from './navigation.ts'
import { NoRight } from './no-right.tsx'

export function StartPage() {
  const me = useQuery(meQuery)
  const isManufacturer =
    me.data !== undefined && me.data.active.manufacturer !== null && audienceOf(me.data) === 'manufacturer'
  const setup = useQuery({ ...setupQuery, enabled: isManufacturer, refetchInterval: false })
  if (me.data === undefined || (isManufacturer && setup.isPending)) return null
  const path = startPath(me.data, setup.data?.isComplete ?? true)
  return path === undefined ? <NoRight role={me.data.active.role} /> : <Navigate to={path} replace />
}
