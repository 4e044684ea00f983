import { createHash } from 'node:crypto';
import type { Json } from '../../../domain/json.ts';
import type { HttpReply } from '../http/http-reply.ts';
import type { ShownRecord } from '../records/record-desk.ts';

/** Rows shown of each collection: the newest ones. */
const PAGE_ROWS = 100;

export interface PageContent {
  /** The CRM's name. */
  readonly name: string;
  readonly collections: readonly PageCollection[];
  readonly counts: Readonly<Record<string, number>>;
  /** Faults in force. */
  readonly faults: readonly string[];
}

export interface PageCollection {
  /** As the API names it. */
  readonly name: string;
  readonly title: string;
  readonly records: readonly ShownRecord[];
}

const STYLE = `
:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{margin:0 auto;max-width:90rem;padding:1rem 1.5rem}
h2{margin:2rem 0 .5rem}
.scroll{overflow-x:auto}
table{border-collapse:collapse;min-width:100%;font-size:.875rem}
th,td{border-bottom:1px solid #8886;padding:.375rem .75rem .375rem 0;text-align:left;vertical-align:top}
td{max-width:24rem;overflow-wrap:anywhere;white-space:pre-line}
.id{font-family:ui-monospace,monospace;white-space:nowrap}
button{font:inherit;padding:.25rem .75rem}
:focus-visible{outline:3px solid Highlight;outline-offset:2px}`;

/** Replaces the content in place, so that scroll position and focus stay; a reader may stop it. */
const SCRIPT = `
const button = document.querySelector('button');
let paused = false;
button.hidden = false;
button.addEventListener('click', () => {
  paused = !paused;
  button.textContent = paused ? 'Resume updates' : 'Pause updates';
});
async function refresh() {
  if (paused || document.hidden) return;
  const state = document.querySelector('#state');
  try {
    const answer = await fetch(location.href);
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('main');
    if (fresh && !paused) document.querySelector('main').replaceChildren(...fresh.childNodes);
    state.textContent = '';
  } catch {
    state.textContent = 'The sandbox does not answer.';
  }
}
setInterval(refresh, 2000);`;

const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'content-security-policy': [
    "default-src 'none'",
    `style-src ${hash(STYLE)}`,
    `script-src ${hash(SCRIPT)}`,
    "connect-src 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
};

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
}

function shown(value: Json | undefined): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return value.map(shown).join('\n');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function columnsOf(records: readonly ShownRecord[]): string[] {
  const names = new Set(records.flatMap((record) => Object.keys(record)));
  names.delete('id');
  return [...names];
}

function row(record: ShownRecord, columns: readonly string[]): string {
  const cells = columns.map((name) => `<td>${escaped(shown(record[name]))}</td>`).join('');
  return `<tr><th scope="row" class="id">${escaped(record.id)}</th>${cells}</tr>`;
}

function section({ name, title, records }: PageCollection): string {
  const newest = records.slice(-PAGE_ROWS).reverse();
  const columns = columnsOf(newest);
  const heading = `<h2 id="${name}">${escaped(title)} (${records.length})</h2>`;
  if (newest.length === 0) return `${heading}<p>None yet.</p>`;
  const head = ['id', ...columns].map((column) => `<th scope="col">${escaped(column)}</th>`).join('');
  const more = records.length > newest.length ? `<p>The newest ${newest.length} are shown.</p>` : '';
  return `${heading}${more}<div class="scroll" role="region" aria-labelledby="${name}" tabindex="0">
<table><thead><tr>${head}</tr></thead>
<tbody>${newest.map((record) => row(record, columns)).join('\n')}</tbody></table></div>`;
}

function summary({ counts, faults }: PageContent): string {
  const requests = Object.entries(counts).map(([route, count]) => `<li>${escaped(route)}: ${count}</li>`);
  const answered = requests.length > 0 ? `<ul>${requests.join('')}</ul>` : '<p>None yet.</p>';
  const wrong = faults.length > 0 ? `<p>Misbehaving: ${escaped(faults.join(', '))}</p>` : '';
  return `${wrong}<h2>Requests</h2>${answered}`;
}

/** What the CRM holds, as a page without external parts; every value is escaped. */
export function recordsPage(content: PageContent): HttpReply {
  const name = escaped(content.name);
  const sections = content.collections.map(section).join('\n');
  const text = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${name} sandbox</title><style>${STYLE}</style></head>
<body><header><h1>${name} sandbox</h1>
<p>What this local stand-in for a CRM holds now. <button type="button" hidden>Pause updates</button>
<span id="state" role="status"></span></p></header>
<main>${sections}
${summary(content)}</main>
<script>${SCRIPT}</script></body></html>`;
  return { status: 200, headers: HEADERS, text };
}
