/** The face of `people/`: who may sign in, as what, and with whose data; API keys; a manufacturer's settings. */
export { createPeople } from './create-people.ts'
export { peopleErrors } from './errors.ts'
export * from './list-sorts.ts'
export * from './people-types.ts'
export * from './rights.ts'
export { versionOfSettings } from './settings/manufacturer-settings.ts'
export { sessionCookieName } from './sign-in/auth-engine.ts'
export { LINK_LIFETIME_DAYS } from './memberships/links.ts'
