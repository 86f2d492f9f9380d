/**
 * The face of `web/`: where the built pages are and how to build them. `app/` hands the folder to `api/`, which serves it
 * under `/app/`; without a build that address says how to make one. The pages themselves speak HTTP and import nothing of ours.
 */
export { buildPages, isBuildCurrent, pagesFolder } from './build/build-pages.ts'
