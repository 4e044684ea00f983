import { escapeHtml } from './markdown.ts';

export const PLAIN_PAGE_STYLE_PATH = '/problems/page.css';

export const PLAIN_PAGE_STYLE = `:root { color-scheme: light dark; }
body { max-width: 42rem; margin: 3rem auto; padding: 0 1rem; font: 1rem/1.6 system-ui, sans-serif; }
h1 { font-size: 1.5rem; }
h2 { font-size: 1.1rem; margin-top: 2rem; }
code { font-family: ui-monospace, monospace; font-size: 0.95em; }
`;

/** A page without scripts around a body that is HTML already. */
export function plainPage(title: string, bodyHtml: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="stylesheet" href="${PLAIN_PAGE_STYLE_PATH}">
</head>
<body>
<main>
${bodyHtml}
</main>
</body>
</html>
`;
}
