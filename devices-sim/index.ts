/** The face of `devices-sim/`: the `usance sim` command, and simulated fleets for the demo, tests and measurements. */
export { runSimulatorCommand } from './main.ts'
export { encodeReading } from './model/encode-reading.ts'
export type { RegisterTruth } from './model/ground-truth.ts'
export type { Profile } from './model/profile.ts'
export { type ProfileName, profiles } from './model/profiles.ts'
export {
  createSimulatedDevice,
  type SimulatedDevice,
  type SimulatedDeviceOptions,
} from './model/simulated-device.ts'
export type { SimulatorIo } from './simulator-io.ts'
export type { BackOff } from './transport/back-off.ts'
export type { SimulatorLog } from './transport/device-link.ts'
export { findUsanceAccess } from './usance-access.ts'
export {
  createFleet,
  type DeviceTruth,
  type Fleet,
  type FleetDevice,
  type FleetOptions,
  type FleetProgress,
} from './transport/fleet.ts'
