/** Builds the pages once, before any file of the e2e project begins: two files that built at once would find each other's half. */
import { buildPages, isBuildCurrent } from '../../web/index.ts'

export async function setup(): Promise<void> {
  if (!isBuildCurrent()) await buildPages()
}
