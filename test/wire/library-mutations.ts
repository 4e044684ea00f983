import type { Mutation } from '../security/mutations.ts';

const TURNS = 'src/budget/turns.ts';
const BREAKER = 'src/budget/circuit-breaker.ts';
const AXIOS = 'src/wire/crm-axios.ts';

const LIMITER_TESTS = ['test/budget/rate-limiter.test.ts'];
const LINE_TESTS = ['test/budget/rate-limiter.property.test.ts'];
const BOTTLENECK_FAULTS = ['test/budget/bottleneck-faults.test.ts'];
const BREAKER_TESTS = ['test/budget/circuit-breaker.test.ts'];
const OPOSSUM_FAULTS = ['test/budget/opossum-faults.test.ts'];
const TRANSPORT_TESTS = ['test/wire/axios-transport.test.ts'];
const AXIOS_FAULTS = ['test/wire/axios-faults.test.ts'];

/** What bottleneck, opossum and axios do for a call, and what is done about their faults, taken out one by one. */
export const LIBRARY_MUTATIONS: readonly Mutation[] = [
  {
    defence: 'bottleneck is asked for the turn of each call',
    file: TURNS,
    search: 'bottleneck.schedule({ priority, expiration: LONGEST_CALL_MS }, job, turn).catch(',
    replace: 'job(turn).catch(',
    tests: LIMITER_TESTS,
  },
  {
    defence: 'bottleneck spaces the calls',
    file: TURNS,
    search: 'minTime: spacingMs(requestsPerSecond),',
    replace: 'minTime: 0 * spacingMs(requestsPerSecond),',
    tests: LINE_TESTS,
  },
  {
    defence: 'bottleneck bounds how many calls run',
    file: TURNS,
    search: ', maxConcurrent });',
    replace: ', maxConcurrent: 100 * maxConcurrent });',
    tests: LIMITER_TESTS,
  },
  {
    defence: 'bottleneck chooses by priority',
    file: TURNS,
    search: 'bottleneck.schedule({ priority, ',
    replace: 'bottleneck.schedule({ ',
    tests: LIMITER_TESTS,
  },
  {
    defence: 'bottleneck frees the place of a call that does not end',
    file: TURNS,
    search: ', expiration: LONGEST_CALL_MS }',
    replace: ' }',
    tests: BOTTLENECK_FAULTS,
  },
  {
    defence: 'bottleneck’s timers between its steps are left out',
    file: TURNS,
    search: '  leaveOutPauses(bottleneck);\n',
    replace: '',
    tests: [...LINE_TESTS, ...BOTTLENECK_FAULTS],
  },
  {
    defence: 'bottleneck’s turn whose time is set goes to a call that is more urgent',
    file: 'src/budget/waiting-line.ts',
    search: ' || one.joined > chosenAfter',
    replace: '',
    tests: BOTTLENECK_FAULTS,
  },
  {
    defence: 'bottleneck’s turn of a call that gave up is the next one’s',
    file: 'src/budget/waiting-line.ts',
    search: 'if (at >= 0) waiting.splice(at, 1);',
    replace: '',
    tests: BOTTLENECK_FAULTS,
  },
  {
    defence: 'bottleneck is begun anew when the wall clock was set back',
    file: 'src/budget/rate-limiter.ts',
    search: 'if (!wasSetBack) return;',
    replace: 'if (!wasSetBack || SET_BACK_MS > 0) return;',
    tests: [...LIMITER_TESTS, ...BOTTLENECK_FAULTS],
  },
  {
    defence: 'opossum is told of calls that count',
    file: BREAKER,
    search: 'await mine.fire(() => Promise.resolve(outcome)).catch(() => undefined);',
    replace: 'await Promise.resolve();',
    tests: BREAKER_TESTS,
  },
  {
    defence: 'opossum lets one probe through',
    file: BREAKER,
    search: 'mine.fire(probe)',
    replace: 'probe()',
    tests: BREAKER_TESTS,
  },
  {
    defence: 'opossum’s time tells when a probe may go',
    file: BREAKER,
    search: 'settings.resetTimeout = Math.min(waitMs(), LONGEST_TIMER_MS);',
    replace: 'settings.resetTimeout = 3 * waitMs();',
    tests: BREAKER_TESTS,
  },
  {
    defence: 'opossum hears nothing of a call that says nothing',
    file: BREAKER,
    search: 'if (isCurrent && available !== null)',
    replace: 'if (isCurrent)',
    tests: OPOSSUM_FAULTS,
  },
  {
    defence: 'opossum hears nothing of a probe that says nothing',
    file: BREAKER,
    search: 'if (availabilityOf(end) !== null) return end;',
    replace: 'if (availabilityOf(end) !== false) return end;',
    tests: OPOSSUM_FAULTS,
  },
  {
    defence: 'opossum hears nothing of a call that began before it opened',
    file: BREAKER,
    search: 'const isCurrent = mine === window.opossum && mine.closed;',
    replace: 'const isCurrent = true;',
    tests: OPOSSUM_FAULTS,
  },
  {
    defence: 'opossum forgets what was before it closed',
    file: BREAKER,
    search:
      '        // Another one, since the failures from before are still in the window of this one.\n        opossum = make(null);\n',
    replace: '',
    tests: OPOSSUM_FAULTS,
  },
  {
    defence: 'axios makes the request of a call',
    file: AXIOS,
    search: 'http.request<Uint8Array>(request)',
    replace: 'Promise.resolve(adapter({ ...http.defaults, ...request } as InternalAxiosRequestConfig))',
    tests: TRANSPORT_TESTS,
  },
  {
    defence: 'axios leaves the transport’s own headers as they have to be',
    file: AXIOS,
    search: '    transformRequest: [asJson],\n',
    replace: '',
    tests: TRANSPORT_TESTS,
  },
  {
    defence: 'axios bounds the answer',
    file: AXIOS,
    search: 'maxContentLength: maxBodyBytes,',
    replace: 'maxContentLength: 1e9 * maxBodyBytes,',
    tests: TRANSPORT_TESTS,
  },
  {
    defence: 'axios bounds the time',
    file: AXIOS,
    search: 'timeout: deadlineMs }',
    replace: 'timeout: 1e5 * deadlineMs }',
    tests: TRANSPORT_TESTS,
    only: 'while the name is resolved',
  },
  {
    defence: 'axios rejects with what is no success',
    file: AXIOS,
    search: 'validateStatus: (status) => status >= 200 && status < 300,',
    replace: 'validateStatus: () => true,',
    tests: AXIOS_FAULTS,
  },
  {
    defence: 'axios’ errors lead to no credentials',
    file: AXIOS,
    search: '  http.interceptors.response.use(undefined, rejectWithoutRequest);\n',
    replace: '  void rejectWithoutRequest;\n',
    tests: AXIOS_FAULTS,
  },
  {
    defence: 'axios’ errors become ends of calls',
    file: AXIOS,
    search: '.then(answered, unanswered)',
    replace: '.then(answered)',
    tests: [...TRANSPORT_TESTS, ...AXIOS_FAULTS],
  },
  {
    defence: 'axios is given no header that it would cut',
    file: AXIOS,
    search: 'if (!isSendableHeader(name, value)) throw new TypeError(',
    replace: 'if (name === value) throw new TypeError(',
    tests: AXIOS_FAULTS,
  },
  {
    defence: 'axios calls nothing by itself',
    file: AXIOS,
    search:
      "    adapter: () => Promise.reject(new TypeError('An outbound request needs the guarded way out')),\n",
    replace: '',
    tests: AXIOS_FAULTS,
  },
];
