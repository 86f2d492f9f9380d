/** What an operator has to look at. */
import { queryOptions } from '@tanstack/react-query'

import { given } from './given.ts'
import { bodyOf, server, type QueryOf, type Schemas } from './request.ts'

export type Alarm = Schemas['Alarm']
export type AlarmState = NonNullable<QueryOf<'listAlarms'>['state']>
export const alarmStates = ['open', 'all'] as const satisfies readonly AlarmState[]

export const alarmsQuery = (
  filter: { readonly deviceId?: string; readonly state?: AlarmState | undefined },
  after: string | undefined,
) =>
  queryOptions({
    queryKey: ['alarms', filter, after],
    queryFn: ({ signal }) => {
      const query = { ...given({ ...filter, after }), limit: 25 }
      return bodyOf(server.GET('/v1/alarms', { params: { query }, signal }))
    },
  })

/** In the name of whoever is signed in. */
export const acknowledgeAlarm = (id: number) =>
  bodyOf(server.POST('/v1/alarms/{id}/acknowledge', { params: { path: { id: String(id) } }, body: {} }))
