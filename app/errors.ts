import { declareErrors } from '../core/index.ts'

/** The errors of the command line and the composition. */
export const appErrors = declareErrors({
  configuration_invalid: { kind: 'validation', title: 'The configuration is not valid' },
  arguments_invalid: { kind: 'validation', title: 'The command line is not valid' },
  input_file_unreadable: { kind: 'validation', title: 'The input file cannot be read' },
  data_not_found: { kind: 'not_found', title: 'There are no databases in the data folder' },
  folder_being_built: { kind: 'conflict', title: 'Another command is writing the same folder' },
  backup_exists: { kind: 'conflict', title: 'The folder for the backup exists already' },
  backup_failed: { kind: 'dependency', title: 'The backup could not be written' },
  backup_not_found: { kind: 'not_found', title: 'There is no finished backup in the folder' },
  backup_damaged: { kind: 'precondition', title: 'The backup is damaged' },
  backup_format_unknown: { kind: 'precondition', title: 'A newer program made the backup' },
  restore_target_not_empty: { kind: 'conflict', title: 'The folder to restore into is not empty' },
  restore_target_in_use: {
    kind: 'conflict',
    title: 'A program has the databases open that are to be replaced',
  },
  restore_failed: { kind: 'dependency', title: 'The backup could not be put in place' },
  demo_does_not_add_up: { kind: 'conflict', title: 'The demo does not add up' },
  server_unreachable: { kind: 'dependency', title: 'The server does not answer' },
  request_refused: { kind: 'conflict', title: 'The server refused the request' },
  demo_data_foreign: { kind: 'precondition', title: 'The data folder holds something other than a demo' },
})
