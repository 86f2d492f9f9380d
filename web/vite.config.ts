/** Builds the pages into `web/dist`: hashed assets, each beside its compressed forms. `npm run build:web` runs it. */
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

import { precompress } from './build/precompress.ts'

export default defineConfig({
  root: import.meta.dirname,
  base: '/app/',
  plugins: [react(), precompress()],
  build: { target: 'es2023', manifest: true, assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  logLevel: 'warn',
})
