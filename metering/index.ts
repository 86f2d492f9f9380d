/** The face of `metering/`: readings in, exact usage out. Knows devices and models, never money or customers. */
export { createMetering, type MeteringOptions } from './create-metering.ts'
export { holdTitles, meteringErrors } from './errors.ts'
export type * from './metering-types.ts'
