/** Where an address of the REST API leads: its version, what follows it, decoded, and its query. */
export function splitUrl(url: string): {
  readonly version: string;
  readonly path: readonly string[];
  readonly query: URLSearchParams;
} {
  const [address = '', ...query] = url.split('?');
  const [, version = '', rest = ''] = /^\/services\/data\/([^/]*)\/?(.*)$/.exec(address) ?? [];
  const path = rest === '' ? [] : rest.replace(/\/$/, '').split('/').map(decoded);
  return { version, path, query: new URLSearchParams(query.join('?')) };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    if (error instanceof URIError) return segment;
    throw error;
  }
}
