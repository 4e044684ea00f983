/** The two parts of a job that comes with its file in one request: what it is, and its rows; null: they aren't both there. */
export function multipartJob(
  contentType: string,
  text: string,
): { readonly job: string; readonly content: string } | null {
  const [, quoted, plain] = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) return null;
  const parts = new Map<string, string>();
  // Before the first boundary stands nothing, behind the last one two hyphens.
  for (const piece of `\r\n${text}`.split(`\r\n--${boundary}`).slice(1, -1)) {
    const [head = '', ...rest] = piece.split('\r\n\r\n');
    const name = /name="?([^";\r\n]+)"?/i.exec(head)?.[1];
    if (name !== undefined) parts.set(name, rest.join('\r\n\r\n'));
  }
  const [job, content] = [parts.get('job'), parts.get('content')];
  return job === undefined || content === undefined ? null : { job, content };
}
