/** Work that may take its time beside work that somebody waits for. */
import { constants, setPriority } from 'node:os'

/**
 * Lets other threads go first wherever processors are short: this thread, and those it starts from now on, gets about a tenth of
 * what it would. On Linux alone, where a priority belongs to a thread and not to the process.
 */
export function giveWay(): void {
  if (process.platform === 'linux') setPriority(0, constants.priority.PRIORITY_BELOW_NORMAL)
}
