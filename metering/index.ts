/** The face of `metering/`: readings in, exact usage out. Knows devices and models, never money or customers. */
export { createMetering, type MeteringOptions } from './create-metering.ts'
export { holdTitles, meteringErrors } from './errors.ts'
export type * from './metering-types.ts'
export type * from './metric-types.ts'
export { createInfluxClient, type InfluxTarget } from './influx/influx-client.ts'
export { createInfluxForwarder, type InfluxForwarder } from './influx/influx-forwarder.ts'
export { findInfluxd, startLocalInfluxd, type LocalInfluxd } from './influx/local-influxd.ts'
