/**
 * The face of `web/`: the files of the live bill's page and where they are served. Plain files for browsers, without a build
 * and without a dependency; they speak HTTP to `/v1` only and import nothing of ours. `app/` hands this list to `api/`.
 */
export const webFiles = [
  {
    path: '/app/',
    contentType: 'text/html; charset=utf-8',
    file: new URL('./live-bill.html', import.meta.url),
  },
  {
    path: '/app/live-bill.css',
    contentType: 'text/css; charset=utf-8',
    file: new URL('./live-bill.css', import.meta.url),
  },
  {
    path: '/app/live-bill.js',
    contentType: 'text/javascript; charset=utf-8',
    file: new URL('./live-bill.js', import.meta.url),
  },
  {
    path: '/app/exact-format.js',
    contentType: 'text/javascript; charset=utf-8',
    file: new URL('./exact-format.js', import.meta.url),
  },
] as const
