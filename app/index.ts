/** The face of `app/`: the whole program, for tests that cross folders. The command line is `main.ts`. */
export { formatExampleEnvironment, loadConfig, type Config } from './config.ts'
export { createUsance, createUsanceCore, type Usance, type UsanceCore } from './create-usance.ts'
export { migrateDatabases } from './databases.ts'
export type { DemoCustomer, DemoState } from './demo/demo-state.ts'
export { setUpDemo } from './demo/set-up-demo.ts'
export { errorCatalogues } from './error-catalogues.ts'
