import { declareErrors } from '../core/index.ts'

/** The errors of the command line and the composition. */
export const appErrors = declareErrors({
  configuration_invalid: { kind: 'validation', title: 'The configuration is not valid' },
  arguments_invalid: { kind: 'validation', title: 'The command line is not valid' },
  input_file_unreadable: { kind: 'validation', title: 'The input file cannot be read' },
  demo_does_not_add_up: { kind: 'conflict', title: 'The demo does not add up' },
  server_unreachable: { kind: 'dependency', title: 'The server does not answer' },
  request_refused: { kind: 'conflict', title: 'The server refused the request' },
  demo_data_foreign: { kind: 'precondition', title: 'The data folder holds something other than a demo' },
})
