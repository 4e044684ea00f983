import type { CrmRequest } from '../connectors/connector.port.ts';

/**
 * The absolute URL of a request below a base URL. Segments and query values are encoded one by one, so that none can add a
 * segment or a parameter. Null where a segment is empty or made of dots, which would climb, or where a text is no Unicode.
 */
export function requestUrl(
  baseUrl: string,
  { path, query }: Pick<CrmRequest, 'path' | 'query'>,
): string | null {
  const parameters = Object.entries(query ?? {});
  if (![...path, ...parameters.flat()].every((text) => text.isWellFormed())) return null;
  if (path.some((segment) => segment === '' || segment === '.' || segment === '..')) return null;
  const search = parameters.map((pair) => pair.map(encodeURIComponent).join('=')).join('&');
  const address = [baseUrl, ...path.map(encodeURIComponent)].join('/');
  return search === '' ? address : `${address}?${search}`;
}
