import { SIGHT_MUTATIONS } from '../tenancy/sight-mutations.ts';

/** One defence, how to take it out, and which tests must then be red. */
export interface Mutation {
  readonly defence: string;
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly search: string;
  readonly replace: string;
  readonly tests: readonly string[];
  /** Only the tests whose names hold this; all of them when absent. */
  readonly only?: string;
}

const OUTBOUND = 'test/security/outbound.test.ts';
const TOKENS = 'test/security/tokens.test.ts';
const HOSTILE = 'test/security/hostile-answers.test.ts';
const TENANCY = 'test/http/access/tenancy.test.ts';
const ECHOES = 'test/security/answers/echoed-secrets.test.ts';
const ANSWER_SIZES = 'test/security/answers/answer-sizes.test.ts';
const MATRIX = 'test/security/tenancy-matrix.test.ts';

export const MUTATIONS: readonly Mutation[] = [
  {
    defence: 'addresses that are not public are refused by their text',
    file: 'src/wire/outbound-guard.ts',
    search: 'if (isIP(literal) !== 0) return isPublicAddress(literal);',
    replace: 'if (isIP(literal) !== 0) return true;',
    tests: ['test/wire/outbound-guard.test.ts'],
  },
  {
    defence: 'names of a private network are refused by their text',
    file: 'src/wire/outbound-guard.ts',
    search: ' || PRIVATE_SUFFIX.test(hostname)',
    replace: '',
    tests: ['test/wire/outbound-guard.test.ts'],
  },
  {
    defence: 'every resolved address is checked at the socket',
    file: 'src/wire/guarded-lookup.ts',
    search: 'return checkedLookup(resolve, (address) => isPublicAddress(address));',
    replace: 'return checkedLookup(resolve, (address) => isPublicAddress(address) || true);',
    tests: ['test/wire/guarded-lookup.test.ts', OUTBOUND],
  },
  {
    defence: 'one private address among public ones refuses the name',
    file: 'src/wire/guarded-lookup.ts',
    search: 'if (!addresses.every(({ address }) => mayReach(address))) {',
    replace: 'if (!addresses.some(({ address }) => mayReach(address))) {',
    tests: ['test/wire/guarded-lookup.test.ts'],
  },
  {
    defence: 'the end of a tunnel inside a site is no public address',
    file: 'src/wire/address-ranges.ts',
    search: 'return !ISATAP.test(canonicalIpv6(address));',
    replace: 'return canonicalIpv6(address) !== String(ISATAP);',
    tests: ['test/wire/address-ranges.property.test.ts'],
  },
  {
    defence: 'userinfo in an address is refused',
    file: 'src/wire/outbound-guard.ts',
    search: "if (authorityOf(text).includes('@')) {",
    replace: "if (authorityOf(text).includes('@@')) {",
    tests: ['test/wire/outbound-guard.test.ts'],
  },
  {
    defence: 'only the standard port is called',
    file: 'src/wire/outbound-guard.ts',
    search: "if (url.port !== '') return refuse(",
    replace: "if (url.port === '0') return refuse(",
    tests: ['test/wire/outbound-guard.test.ts'],
  },
  {
    defence: 'a provider with fixed hosts is called there only',
    file: 'src/wire/outbound-guard.ts',
    search: 'if (!isOfProvider(url.hostname, hosts)) {',
    replace: 'if (!isOfProvider(url.hostname, null)) {',
    tests: ['test/integrations/account-credentials.test.ts'],
  },
  {
    defence: 'an unknown name and a private one are answered alike',
    file: 'src/wire/classify-answer.ts',
    search: "    case 'HOST_REFUSED':\n",
    replace: '',
    tests: ['test/wire/classify-answer.test.ts'],
  },
  {
    defence: 'certificates are verified',
    file: 'src/wire/open-socket.ts',
    search: 'rejectUnauthorized: true,',
    replace: 'rejectUnauthorized: false,',
    tests: ['test/wire/tls.test.ts'],
  },
  {
    defence: 'the bytes of an answer are counted',
    file: 'src/wire/http-exchange.ts',
    search: "if (isWhole() && size > whole) return 'too_large';",
    replace: "if (isWhole() && size > Number.MAX_SAFE_INTEGER) return 'too_large';",
    tests: ['test/wire/axios-transport.test.ts'],
  },
  {
    defence: 'compressed answers are refused',
    file: 'src/wire/http-exchange.ts',
    search: "encoded: () => isEncoded(headers['content-encoding']),",
    replace: "encoded: () => isEncoded('none'),",
    tests: ['test/wire/axios-transport.test.ts'],
  },
  {
    defence: 'a call has a deadline in total',
    file: 'src/wire/axios-transport.ts',
    search: 'const timer = setTimeout(() => deadline.abort(), Math.max(0, config.timeout ?? 0));',
    replace: 'const timer = setTimeout(() => undefined, Math.max(0, config.timeout ?? 0));',
    tests: [HOSTILE],
    only: 'drips blanks of an announced body',
  },
  {
    defence: 'answers are nested 64 deep at most',
    file: 'src/wire/parsing/parse-json.ts',
    search: 'if (survey.depth > DEEPEST) return { ok: false };',
    replace: 'if (survey.depth < 0) return { ok: false };',
    tests: [HOSTILE],
  },
  {
    defence: 'of an answer no more values than the limit are parsed',
    file: 'src/wire/parsing/parse-json.ts',
    search: 'if (survey.values > mostValues) return { ok: false, isTooMuch: true };',
    replace: 'if (survey.values < 0) return { ok: false, isTooMuch: true };',
    tests: [ANSWER_SIZES],
  },
  {
    defence: "a probe's body is not parsed",
    file: 'src/wire/read-answer.ts',
    search: "!(isSuccess && verb === 'verify')",
    replace: "!(isSuccess && verb === 'delete')",
    tests: [ANSWER_SIZES],
  },
  {
    defence: 'of what follows an error only the start is read',
    file: 'src/wire/http-exchange.ts',
    search: "return isWhole() || size <= start ? 'more' : 'enough';",
    replace: "return isWhole() || size > 0 ? 'more' : 'enough';",
    tests: [ANSWER_SIZES],
  },
  {
    defence: 'an answer must say that it is JSON',
    file: 'src/wire/read-answer.ts',
    search: 'const isJson = JSON_TYPE.test(type);',
    replace: "const isJson = JSON_TYPE.test('application/json');",
    tests: [HOSTILE],
  },
  {
    defence: 'a token needs an end and a subject',
    file: 'src/auth/token-verifier.ts',
    search: "requiredClaims: ['exp', 'sub'],",
    replace: 'requiredClaims: [],',
    tests: ['test/auth/token-verifier.test.ts'],
  },
  {
    defence: 'one family of algorithms for a secret',
    file: 'src/auth/verification-key.ts',
    search: "algorithms: ['HS256'], key }",
    replace: "algorithms: ['HS256', 'HS384', 'HS512'], key }",
    tests: [TOKENS],
  },
  {
    defence: 'the issuer of a token is checked',
    file: 'src/auth/token-verifier.ts',
    search: '...(auth.issuer === null ? {} : { issuer: auth.issuer }),',
    replace: '',
    tests: [TOKENS],
  },
  {
    defence: 'the audience of a token is checked',
    file: 'src/auth/token-verifier.ts',
    search: '...(auth.audience === null ? {} : { audience: auth.audience }),',
    replace: '',
    tests: [TOKENS],
  },
  {
    defence: 'unknown keys wait for a cool-down before the keys are fetched anew',
    file: 'src/auth/verification-key.ts',
    search: 'cooldownDuration: COOLDOWN_MS,',
    replace: 'cooldownDuration: 0,',
    tests: [TOKENS],
  },
  {
    defence: 'a route without a declared access can not be registered',
    file: 'src/http/access/route-access.ts',
    search: 'if (access === undefined) throw new AccessUndeclared(',
    replace: 'if (access === null) throw new AccessUndeclared(',
    tests: [MATRIX],
  },
  {
    defence: "another's run is as absent",
    file: 'src/integrations/sync.ts',
    search: 'if (run?.connectionId !== connectionId || run.userId !== userId) return NOT_FOUND;',
    replace: 'if (run?.connectionId === connectionId && run.userId !== userId) return NOT_FOUND;',
    tests: [MATRIX],
  },
  {
    defence: 'scopes are enforced',
    file: 'src/http/access/authentication.ts',
    search: "if (access === 'user' || access === 'public' || principal.scopes.has(access)) return null;",
    replace: "if (access !== 'nobody' || principal.scopes.has(access)) return null;",
    tests: [TENANCY],
  },
  {
    defence: 'sealed credentials are bound to their user, provider and connection',
    file: 'src/credentials/sealing.ts',
    search: 'return [`sealed/v${SEALED_VERSION}`, purpose, userId, provider, connectionId, keyId, wrapped];',
    replace:
      'return [`sealed/v${SEALED_VERSION}`, purpose, keyId, wrapped, ...[userId, provider, connectionId].slice(3)];',
    tests: ['test/credentials/credential-vault.property.test.ts'],
  },
  {
    defence: 'a change by cookie comes from our own page',
    file: 'src/http/access/authentication.ts',
    search:
      'if (sessionId !== null && isChange(request.method) && !isFromOurPage(request)) return FOREIGN_PAGE;',
    replace: 'if (sessionId === FOREIGN_PAGE.code) return FOREIGN_PAGE;',
    tests: ['test/http/access/session.test.ts'],
  },
  {
    defence: "credentials are taken out of a CRM's words",
    file: 'src/wire/redact-secrets.ts',
    search: 'outcome.fields === undefined || outcome.fields.length === 0) return outcome;',
    replace: 'outcome.fields === undefined || outcome.fields.length >= 0) return outcome;',
    tests: ['test/security/leaks.test.ts'],
  },
  {
    defence: 'credentials are found in whatever wraps them',
    file: 'src/wire/parsing/plain-letters.ts',
    search: 'if (found === null) decoded.push(sign);',
    replace: 'if (found === null || at >= 0) decoded.push(sign);',
    tests: [ECHOES],
  },
  {
    defence: 'nothing is taken from a success that repeats the credentials',
    file: 'src/wire/repeated-secret.ts',
    search: 'if (encodedStarts(secret).some((start) => text.includes(start))) return true;',
    replace: 'if (encodedStarts(secret).some((start) => text.includes(start))) return false;',
    tests: [ECHOES],
  },
  {
    defence: 'a new key has at least 8 characters',
    file: 'src/integrations/connect.ts',
    search: 'if (short.length > 0 && !isInUse)',
    replace: 'if (short.length > 99 && !isInUse)',
    tests: ['test/http/routes/connect-refused.test.ts'],
  },
  {
    defence: "a CRM's own words go when its account is left",
    file: 'src/integrations/connection-access.ts',
    search: 'await store.links.dropWords(scope);',
    replace: 'await store.links.dropWork(scope);',
    tests: ['test/service/disconnect-destroys.test.ts'],
    only: 'in its own words',
  },
  {
    defence: 'a search that finds hundreds has not looked for the key',
    file: 'src/connectors/mri-vault/client.ts',
    search: 'if (Array.isArray(body) && body.length > MOST_HITS) return tooMany(status);',
    replace: 'if (Array.isArray(body) && body.length > 1e9) return tooMany(status);',
    tests: ['test/connectors/mri-vault/client.test.ts'],
  },
  {
    defence: 'a listing that goes round ends',
    file: 'src/connectors/mri-vault/client.ts',
    search: 'if (cursors.has(cursor)) break;',
    replace: "if (cursors.has('')) break;",
    tests: ['test/connectors/mri-vault/client.test.ts'],
  },
  {
    defence: 'another key at the same address is proven before anything is written',
    file: 'src/integrations/connect.ts',
    search: 'if (proof.value) return success({ accountKey, isProven: true });',
    replace: 'if (proof.value || sample) return success({ accountKey, isProven: true });',
    tests: ['test/integrations/account-proof.test.ts'],
  },
  {
    defence: 'only fields of the allow-list are logged',
    file: 'src/runtime/logger.ts',
    search: 'const safe = isLogField(name)\n',
    replace: 'const safe = isLogField(name) || true\n',
    tests: ['test/runtime/logger.test.ts'],
  },
  {
    defence: 'who is right is let in, however many were wrong from the same address',
    file: 'src/http/access/authentication.ts',
    search: '  if (verified.ok) return verified;\n',
    replace:
      "  const first = signIns.failed(request, { kind: 'token', text: token, fault: 'signature' });\n" +
      '  if (verified.ok && first.status === 401) return verified;\n' +
      '  if (verified.ok) return { ok: false, problem: first };\n',
    tests: ['test/http/access/failed-sign-ins.test.ts'],
  },
  {
    defence: "of what is told about an address, the proxies' own words count alone",
    file: 'src/http/access/client-address.ts',
    search: 'if (!isProxy(hop)) return hop;',
    replace: 'if (!isProxy(hop) && MOST_HOPS < 0) return hop;',
    tests: ['test/http/access/client-address.test.ts'],
  },
  {
    defence: 'a body has the limit of its route',
    file: 'src/http/access/route-access.ts',
    search: 'const bodyLimit = (route.bodyLimit ??= BODY_LIMITS.none);',
    replace: 'const bodyLimit = (route.bodyLimit = 2 * BODY_LIMITS.changes);',
    tests: ['test/http/requests/body-limits.test.ts'],
  },
  {
    defence: 'a body of faults ends at the first',
    file: 'src/http/app.ts',
    search: 'allErrors: false,',
    replace: 'allErrors: true,',
    tests: ['test/http/requests/body-limits.test.ts'],
  },
  {
    defence: "a user's reads take turns",
    file: 'src/http/access/turns.ts',
    search: '  if (line.working < AT_ONCE) begin(true);\n',
    replace: '  if (line.working < AT_ONCE || isOver === isWorking) begin(true);\n',
    tests: ['test/http/access/turns.test.ts'],
  },
  {
    defence: 'who reads a stream too slowly is cut off',
    file: 'src/http/streams/event-stream.ts',
    search: '      isSlow = true;\n',
    replace: '',
    tests: ['test/http/streams/slow-readers.test.ts'],
  },
  {
    defence: 'a host with an empty port is no host with every port',
    file: 'src/config/allowed-hosts.ts',
    search: '!/^(?::[1-9]\\d{0,4})?$/.test(afterHost)',
    replace: '!/^(?::\\d{0,5})?$/.test(afterHost)',
    tests: ['test/config/allowed-hosts.test.ts'],
  },
  {
    defence: 'what strangers ask for is no audit entry',
    file: 'src/http/requests/audit.ts',
    search: "if (outcome === 'NOT_FOUND') return false;",
    replace: "if (outcome === 'NOT_FOUND') return true;",
    tests: ['test/http/requests/audit.test.ts'],
  },
  {
    defence: 'no terminal acts on what a command writes',
    file: 'src/cli/program.ts',
    search: 'const write = (text: string) => output.write(escapeUnprintable(text));',
    replace: 'const write = (text: string) => output.write(text || escapeUnprintable(text));',
    tests: ['test/cli/hostile-output.test.ts'],
  },
  {
    defence: 'a crash does not print what hangs on its error',
    file: 'src/cli/main.ts',
    search: "process.on('uncaughtException', (error) => {",
    replace: "process.on('warning', (error) => {",
    tests: ['test/security/crash.test.ts'],
  },
  {
    defence: 'a page ends by its bytes as well as by its count',
    file: 'src/state-store/page-places.ts',
    search: 'full: () => items.length >= most || held >= PAGE_BYTES,',
    replace: 'full: () => items.length >= most || held < 0,',
    tests: ['test/state-store/sqlite/sqlite-contract.test.ts'],
    only: 'pages by bytes',
  },
  {
    defence: 'an event is held to its limit also as it is read',
    file: 'src/change-feed/codec/value-decoder.ts',
    search: 'if (bytes * MOST_GROWTH > maxBytes) {',
    replace: 'if (bytes > maxBytes) {',
    tests: ['test/change-feed/codec/value-decoder.test.ts'],
  },
  {
    defence: 'what changes nothing leaves no first answer',
    file: 'src/http/requests/idempotency.ts',
    search: 'if (changesNothing(request)) return;',
    replace: '',
    tests: ['test/http/requests/idempotency.test.ts'],
  },
  {
    defence: 'what two processes died with is set aside',
    file: 'src/delivering/suspects.ts',
    search: 'return starts >= mostStarts + (inCompany ? MORE_TOGETHER : 0);',
    replace: 'return starts >= mostStarts + 2;',
    tests: ['test/delivering/process-died.test.ts'],
    only: 'third start',
  },
  ...SIGHT_MUTATIONS,
];
