import type { Json } from '../../../domain/json.ts';
import { isJsonObject } from '../../kit/http/json-object.ts';
import type { SfReply } from '../org/sf-reply.ts';

/** What the subrequests before answered, by their names. */
export type Answers = Map<string, SfReply>;

export type Resolved =
  | { readonly ok: true; readonly url: string; readonly body: Json | undefined }
  | { readonly ok: false; readonly message: string };

const REFERENCE = /@\{([a-zA-Z][\w]*)\.([^}]+)\}/g;

/** Puts what `@{name.id}` refers to into an address and a body. */
export function resolveReferences(
  { url, body }: { readonly url: string; readonly body: Json | undefined },
  answers: Answers,
): Resolved {
  let message: string | null = null;

  function put(text: string): string {
    return text.replace(REFERENCE, (whole, name: string, path: string) => {
      const reply = answers.get(name);
      const value = reply === undefined || reply.status >= 300 ? undefined : valueAt(reply.body, path);
      if (value === undefined || value === null || typeof value === 'object') {
        message ??= `Invalid reference specified. No value for ${name}.${path} found in ${name}.${bodyTold(reply)}`;
        return whole;
      }
      return String(value);
    });
  }

  function putAll(value: Json): Json {
    if (typeof value === 'string') return put(value);
    if (Array.isArray(value)) return (value as readonly Json[]).map(putAll);
    if (!isJsonObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, putAll(member)]));
  }

  const [putUrl, putBody] = [put(url), body === undefined ? undefined : putAll(body)];
  return message === null ? { ok: true, url: putUrl, body: putBody } : { ok: false, message };
}

function bodyTold(reply: SfReply | undefined): string {
  return reply === undefined || reply.status < 300
    ? ''
    : ` Provided error body: ${JSON.stringify(reply.body)}`;
}

/** `records[0].Id` of an answer; names in any case. */
function valueAt(body: Json | undefined, path: string): Json | undefined {
  let current: Json | undefined = body;
  for (const [, name = '', index] of path.matchAll(/([^.[\]]+)|\[(\d+)\]/g)) {
    if (index !== undefined)
      current = Array.isArray(current) ? (current as readonly Json[])[Number(index)] : undefined;
    else {
      const held = isJsonObject(current) ? current : {};
      const key = Object.keys(held).find((each) => each.toLowerCase() === name.toLowerCase());
      current = key === undefined ? undefined : held[key];
    }
  }
  return current;
}
