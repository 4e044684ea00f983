import axios, {
  AxiosError,
  type AxiosAdapter,
  type AxiosInstance,
  type AxiosRequestHeaders,
  type AxiosResponse,
  type InternalAxiosRequestConfig,
} from 'axios';
import type { OutboundRequest, OutboundResult } from './transport.port.ts';

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Whether a header can go on the wire as it is: a token for a name, no line ends or other controls in the value. */
export function isSendableHeader(name: string, value: string): boolean {
  return TOKEN.test(name) && FIELD_VALUE.test(value);
}

const JSON_TYPE = 'application/json';

/** The transport's own, whatever a connector asks for. */
const OWN_HEADERS = [
  'accept-encoding',
  'connection',
  'content-length',
  'cookie',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/**
 * The axios of every CRM call. Its own adapters are never used: they follow redirects, proxies and encodings, cost three times the
 * CPU, and resolve names as they like. Nothing that it rejects with leads to a request's headers, which carry the credentials.
 */
export function createCrmAxios(maxBodyBytes: number): AxiosInstance {
  const http = axios.create({
    adapter: () => Promise.reject(new TypeError('An outbound request needs the guarded way out')),
    maxContentLength: maxBodyBytes,
    responseType: 'arraybuffer',
    validateStatus: (status) => status >= 200 && status < 300,
    transformRequest: [asJson],
    // As bytes: axios would read JSON without a bound, and long numbers as what they are not.
    transformResponse: [(data: unknown) => data],
  });
  http.defaults.headers.common = { accept: 'application/json', 'user-agent': 'zena-crm-sync' };
  http.interceptors.response.use(undefined, rejectWithoutRequest);
  return http;
}

/** Axios marks a call with a body as a form, which none of ours is. */
function asJson(data: unknown, headers: AxiosRequestHeaders): unknown {
  headers.delete(OWN_HEADERS);
  headers.set('accept-encoding', 'identity');
  if (data !== undefined) headers.setContentType(JSON_TYPE, false);
  return data;
}

function rejectWithoutRequest(error: unknown): never {
  if (!axios.isAxiosError(error)) throw error;
  for (const holder of [error, error.response ?? {}]) {
    Reflect.deleteProperty(holder, 'config');
    Reflect.deleteProperty(holder, 'request');
  }
  throw error;
}

/** What axios made of a request's headers, as plain text with lower-case names. */
export function headersOf({ headers, data }: InternalAxiosRequestConfig): Record<string, string> {
  const entries = Object.entries(headers.toJSON(true)).map(
    ([name, value]) => [name.toLowerCase(), value] as const,
  );
  // Axios marks a call without a body as a form; some CRMs want to be told of JSON all the same.
  return Object.fromEntries(
    entries.filter(([name, value]) => data !== undefined || name !== 'content-type' || value === JSON_TYPE),
  );
}

/** An end of a call without an answer to read. */
type End = Exclude<OutboundResult, { kind: 'response' }>;

/** Axios hands the adapter's own object on. */
interface CrmResponse extends AxiosResponse<Uint8Array> {
  isCut?: true;
}

/** An adapter's end as axios wants it: an answer with a status that the instance accepts, or an error. */
export function settled(config: InternalAxiosRequestConfig, result: OutboundResult): AxiosResponse {
  if (result.kind !== 'response')
    throw Object.assign(new AxiosError(result.detail, result.code), { end: result });
  const { status, headers, body: data, isCut } = result;
  const response: CrmResponse = { config, status, statusText: '', headers: { ...headers }, data };
  if (isCut) response.isCut = true;
  if (config.validateStatus?.(status) !== false) return response;
  const code = status < 500 ? AxiosError.ERR_BAD_REQUEST : AxiosError.ERR_BAD_RESPONSE;
  throw new AxiosError(`Answered ${status}`, code, config, null, response);
}

/**
 * One request by axios, over an adapter of its own; the only place where what axios answers or rejects with becomes a result.
 * Rejects with what the adapter rejects with beside axios' errors.
 *
 * @throws TypeError for a header that can't be sent; the message names no value.
 */
export async function requestBy(
  http: AxiosInstance,
  { method, url, headers, body, deadlineMs }: OutboundRequest,
  adapter: AxiosAdapter,
): Promise<OutboundResult> {
  // Checked here because axios would quietly cut line ends out of a value.
  for (const [name, value] of Object.entries(headers)) {
    if (!isSendableHeader(name, value)) throw new TypeError('A header of an outbound request is not valid');
  }
  const request = { adapter, method, url, headers, data: body, timeout: deadlineMs };
  return await http.request<Uint8Array>(request).then(answered, unanswered);
}

function unanswered(error: unknown): OutboundResult {
  if (!axios.isAxiosError<Uint8Array>(error)) throw error;
  if (error.response) return answered(error.response);
  if ('end' in error) return error.end as End;
  throw new TypeError('An outbound request could not be built');
}

function answered({ status, headers, data, isCut }: CrmResponse): OutboundResult {
  const answer = { kind: 'response', status, headers: headers as Readonly<Record<string, string>> } as const;
  return isCut ? { ...answer, body: data, isCut } : { ...answer, body: data };
}
