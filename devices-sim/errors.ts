/** What can go wrong in the simulator besides its arguments. */
import { declareErrors } from '../core/index.ts'

export const simulatorErrors = declareErrors({
  credentials_invalid: { kind: 'validation', title: 'The credentials file cannot be read' },
  credentials_missing: { kind: 'precondition', title: 'Devices have no credentials' },
  state_invalid: { kind: 'validation', title: 'The state file cannot be read' },
  state_mismatch: { kind: 'conflict', title: 'The state file belongs to another simulation' },
  access_file_invalid: { kind: 'validation', title: "The demo's access file cannot be read" },
  registration_failed: { kind: 'dependency', title: 'A device or model could not be registered' },
  simulation_stopped: {
    kind: 'precondition',
    title: 'The simulation was stopped before all was acknowledged',
  },
})
