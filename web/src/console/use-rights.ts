/** Whether the person may do something. The server decides; this only hides what it would refuse. */
import { useQuery } from '@tanstack/react-query'

import { meQuery, type Right } from '../api/me.ts'

export function useRight(right: Right): boolean {
  return useQuery(meQuery).data?.active.rights.includes(right) === true
}
