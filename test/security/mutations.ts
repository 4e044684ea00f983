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
const MATRIX = 'test/security/tenancy-matrix.test.ts';
const MOVED = 'test/delivering/moved-records.test.ts';
const MOVED_OVER_HTTP = 'test/security/tenancy-moves.test.ts';

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
    search: 'if (size > maxBodyBytes) return false;',
    replace: 'if (size > Number.MAX_SAFE_INTEGER) return false;',
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
    file: 'src/wire/parse-json.ts',
    search: 'if (depthOf(text) > DEEPEST) return { ok: false };',
    replace: 'if (depthOf(text) < 0) return { ok: false };',
    tests: [HOSTILE],
  },
  {
    defence: 'an answer must say that it is JSON',
    file: 'src/wire/read-answer.ts',
    search: 'if (JSON_TYPE.test(type)) {',
    replace: "if (JSON_TYPE.test('application/json')) {",
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
    search: "if (outcome.kind !== 'rejected' || outcome.fields.length === 0) return outcome;",
    replace: "if (outcome.kind !== 'rejected' || outcome.fields.length >= 0) return outcome;",
    tests: ['test/security/leaks.test.ts'],
  },
  {
    defence: 'only fields of the allow-list are logged',
    file: 'src/runtime/logger.ts',
    search: 'const safe = isLogField(name)\n',
    replace: 'const safe = isLogField(name) || true\n',
    tests: ['test/runtime/logger.test.ts'],
  },
  {
    defence: 'a crash does not print what hangs on its error',
    file: 'src/cli/main.ts',
    search: "process.on('uncaughtException', (error) => {",
    replace: "process.on('warning', (error) => {",
    tests: ['test/security/crash.test.ts'],
  },
  {
    defence: 'a record is seen by the user whose it is, and by no other',
    file: 'src/domain/may-see.ts',
    search: 'return record.userId === principal.id;',
    replace: "return record.userId === principal.id || principal.id !== '';",
    tests: ['test/domain/may-see.test.ts', MOVED, MOVED_OVER_HTTP, 'test/tenancy/sabotage.test.ts'],
  },
  {
    defence: 'a timeline names nothing of what is another’s by then',
    file: 'src/delivering/timeline-writer.ts',
    search: 'const own = ownOnly(userPrincipal(link.userId), record);',
    replace: 'const own = ownOnly(userPrincipal(record?.userId ?? link.userId), record);',
    tests: ['test/delivering/timeline-writer.test.ts'],
  },
  {
    defence: 'a dead letter is published without what is another’s by then',
    file: 'src/delivering/follow-up.ts',
    search: 'const own = ownOnly(owner, record);',
    replace: "const own = ownOnly({ ...owner, id: record?.userId ?? '' }, record);",
    tests: [MOVED],
  },
  {
    defence: 'what programs of before left in timelines is shown to nobody',
    file: 'src/integrations/timeline-tail.ts',
    search: 'if (open.length === 0) return [...entries];',
    replace: 'if (open.length >= 0) return [...entries];',
    tests: [MOVED_OVER_HTTP],
  },
  {
    defence: 'an erasure takes what programs of before left of the user out of others’ timelines',
    file: 'src/operations/erase-user.ts',
    search: 'while (await checkTimelines(store)) {',
    replace: "while (userId === '' && (await checkTimelines(store))) {",
    tests: ['test/operations/erase-user.test.ts', MOVED_OVER_HTTP],
  },
  {
    defence:
      'what another user’s connection wrote into a CRM account that both have is told to its own user only',
    file: 'src/delivering/settle-delivery.ts',
    search: 'if (others.length === 0) return { notes, learned };',
    replace: 'if (others.length >= 0) return { notes, learned };',
    tests: [MOVED],
  },
];
