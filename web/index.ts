/**
 * The face of `web/`. There is no page yet: customers and manufacturers use the HTTP API until the portal and the
 * console are built here.
 */
export {}
