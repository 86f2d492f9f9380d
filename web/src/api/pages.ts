/** Shapes that many answers share. */
import type { Schemas } from './request.ts'

export type Period = Schemas['Period']

/** How the lists of the API go on: for `getNextPageParam` of an endless query. */
export const nextAfterOf = ({ nextAfter }: { readonly nextAfter: string | null }) => nextAfter ?? undefined
