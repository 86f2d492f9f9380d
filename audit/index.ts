/** The face of `audit/`: who changed what, when and why, in a chain that shows when it was changed itself. */
export { recordChange, type Change } from './record-change.ts'
