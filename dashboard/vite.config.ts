import { defineConfig } from 'vite';

/** Built by npm's `prepare` into `dashboard/dist`; `vite dashboard` serves it beside a running service while one works on it. */
export default defineConfig({
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // The page's policy allows no inline script, style or font: every asset is a file of its own.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  server: { proxy: { '/api': 'http://127.0.0.1:8080', '/problems': 'http://127.0.0.1:8080' } },
});
