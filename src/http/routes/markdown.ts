/**
 * Renders the few things that our own pages use: headings, paragraphs, lists, `code`, **strong** and links to this site or
 * over https. Everything is escaped first; what isn't understood stays text.
 */
export function renderMarkdown(source: string): string {
  return source
    .replaceAll('\r\n', '\n')
    .split(/\n{2,}/)
    .map((block) => block.trim())
    .filter((block) => block !== '')
    .map(renderBlock)
    .join('\n');
}

export function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

function renderBlock(block: string): string {
  const heading = /^(#{1,3}) (.+)$/.exec(block);
  if (heading) {
    const level = heading[1]?.length ?? 1;
    return `<h${level}>${renderInline(heading[2] ?? '')}</h${level}>`;
  }
  const lines = block.split('\n');
  if (lines.every((line) => /^(- |  )/.test(line))) return renderList(block);
  return `<p>${renderInline(lines.join(' '))}</p>`;
}

/** A line that is indented goes on with the item before it. */
function renderList(block: string): string {
  const items = block.split(/\n(?=- )/).map((item) => item.replace(/^- /, '').replace(/\n */g, ' '));
  return `<ul>${items.map((item) => `<li>${renderInline(item)}</li>`).join('')}</ul>`;
}

/** What stands in backquotes is taken out first: nothing in it means anything. */
function renderInline(text: string): string {
  return text
    .split(/(`[^`]+`)/)
    .map((part) =>
      /^`[^`]+`$/.test(part)
        ? `<code>${escapeHtml(part.slice(1, -1))}</code>`
        : escapeHtml(part)
            .replace(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>')
            .replace(/\[([^\]]+)\]\(((?:https:\/\/|\/(?!\/))[^\s)]*)\)/g, '<a href="$2">$1</a>'),
    )
    .join('');
}
