/** The face of `people/`: who may sign in, as what, and with whose data. */
export * from './rights.ts'
