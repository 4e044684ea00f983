/**
 * The import rule (ARCHITECTURE.md, "Who may import whom"), as something that fails. Each folder has a list of what it may
 * import; what is not listed is refused. Imports of types count as imports.
 */
/** Ports are told by their file names. */
const PORT = '[.]port[.]ts$';
/** Small values of the configuration that adapters are given: a secret that can't be printed, a parsed list of hosts. */
const CONFIG_VALUES = ['config/secret', 'config/allowed-hosts'];

const file = (path) => `^src/${path}[.]ts$`;
const folder = (path) => `^src/${path}/`;
const ports = [PORT];
const core = [folder('domain'), ...ports];
const adapter = [...core, folder('runtime')];
const configValues = CONFIG_VALUES.map(file);

/** From a folder, to what else than itself it may import. Built-ins and packages have rules of their own below. */
const allowed = {
  domain: [],
  runtime: [],
  config: [],
  sandbox: [file('domain/json'), folder('runtime')],
  ingest: adapter,
  ownership: adapter,
  delivering: adapter,
  runs: [...adapter, folder('delivering')],
  replays: adapter,
  integrations: [...adapter, file('connectors/capabilities')],
  operations: adapter,
  auth: [...adapter, ...configValues, file('config/config')],
  credentials: [...adapter, ...configValues],
  budget: adapter,
  wire: [...adapter, ...configValues, folder('budget')],
  connectors: core,
  'state-store': adapter,
  // The embedded log lies in the embedded store's file.
  'change-feed': [...adapter, file('state-store/sqlite/open-sqlite-store')],
  http: [
    ...adapter,
    // Whose word counts about who calls: as the configuration reads it.
    file('config/proxy-ranges'),
    file('connectors/capabilities'),
    folder('integrations'),
    folder('operations'),
    folder('auth'),
  ],
  terminal: [folder('runtime'), folder('config')],
  // How to speak to a running service, and the API's shapes as a client sees them.
  client: [
    ...[folder('terminal'), folder('runtime'), folder('http/views'), file('auth/token-maker')],
    ...['config/config', 'config/client-config'].map(file),
  ],
  // Beside the service: the adapters of its one-off tools (token, schemas, topics).
  cli: [
    ...core,
    ...['runtime', 'config', 'service', 'sandbox', 'demo', 'auth', 'client', 'terminal'].map(folder),
    ...['http/views', 'change-feed/kafka', 'change-feed/schemas'].map(folder),
  ],
  demo: [
    ...core,
    file('connectors/connector-page'),
    ...['runtime', 'config', 'service', 'sandbox', 'client', 'terminal'].map(folder),
  ],
};

/** Where a package (or a built-in that does I/O) lives: one home, so that replacing it changes one folder. */
const homes = {
  kafkajs: ['change-feed/kafka'],
  avsc: ['change-feed/codec', 'change-feed/schemas'],
  '@kafkajs/confluent-schema-registry': ['change-feed/codec', 'change-feed/schemas'],
  mongodb: ['state-store/mongo'],
  nodemailer: ['wire'],
  sqlite: ['state-store/sqlite'],
  axios: ['wire'],
  bottleneck: ['budget'],
  opossum: ['budget'],
  undici: ['wire', 'change-feed/codec'],
  pino: ['runtime'],
  'prom-client': ['runtime'],
  jose: ['auth'],
  fastify: ['http'],
  '@fastify': ['http'],
  typebox: ['http', 'client', 'cli'],
  commander: ['cli'],
  'libphonenumber-js': ['domain/canonical'],
};

/** The built-ins that reach out of the process; the core has none of them. */
const IO =
  '^(node:)?(fs|http|https|http2|net|tls|dns|dgram|child_process|worker_threads|cluster|sqlite)(/|$)';
const CORE_FOLDERS =
  '^src/(domain|ingest|ownership|delivering|runs|replays|integrations|operations|connectors)/';
const CORE_FILES = [CORE_FOLDERS, ...ports];

const rules = Object.entries(allowed).map(([name, to]) => ({
  name: `${name}-imports`,
  severity: 'error',
  from: { path: folder(name), pathNot: ports },
  to: { path: '^src/', pathNot: [folder(name), ...to] },
}));

const packageRules = Object.entries(homes).map(([name, folders]) => ({
  name: `home-of-${name}`,
  severity: 'error',
  from: { path: '^src/', pathNot: [...folders.map(folder), folder('service')] },
  to: { path: `(^|node_modules/|node:)${name}(/|$)` },
}));

module.exports = {
  forbidden: [
    ...rules,
    ...packageRules,
    {
      name: 'ports-import-the-core',
      severity: 'error',
      from: { path: ports },
      to: { path: '^src/', pathNot: core },
    },
    {
      name: 'adapters-do-not-know-each-other',
      comment: 'Two stores, two feeds, two connectors: neither may lean on the other.',
      severity: 'error',
      from: { path: '^src/(state-store|connectors|change-feed)/([^/.]+)/' },
      to: {
        path: '^src/$1/[^/.]+/',
        pathNot: [
          '^src/$1/$2/',
          ...['change-feed/codec', 'change-feed/schemas', 'connectors/mapping-parts'].map(folder),
        ],
      },
    },
    {
      name: 'sandboxes-do-not-know-each-other',
      comment: "A CRM's folder leans on the kit alone, and the kit on none of them.",
      severity: 'error',
      from: { path: '^src/sandbox/([^/.]+)/' },
      to: { path: '^src/sandbox/', pathNot: ['^src/sandbox/$1/', folder('sandbox/kit')] },
    },
    {
      name: 'core-uses-no-package',
      comment: 'But for how the countries write phone numbers, which nobody should write down twice.',
      severity: 'error',
      from: { path: CORE_FILES },
      to: { path: 'node_modules/', pathNot: 'node_modules/libphonenumber-js/' },
    },
    { name: 'core-does-no-io', severity: 'error', from: { path: CORE_FILES }, to: { path: IO } },
    {
      name: 'domain-uses-no-built-in',
      severity: 'error',
      from: { path: folder('domain'), pathNot: file('domain/content-hash') },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'only-the-composition-root-is-left',
      comment: 'A folder that is not on the list above has no rule yet: give it one.',
      severity: 'error',
      from: { path: '^src/', pathNot: [...Object.keys(allowed), 'service'].map(folder) },
      to: { path: '^src/' },
    },
    {
      name: 'no-import-of-the-root',
      comment: 'Only what starts the program imports the composition root.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['service', 'cli', 'demo'].map(folder) },
      to: { path: [folder('service'), folder('cli'), folder('demo')] },
    },
    {
      name: 'dashboard-imports',
      comment: 'The page knows the API and nothing behind it.',
      severity: 'error',
      from: { path: '^dashboard/' },
      to: { path: '^(src|bin|scripts)/', pathNot: folder('http/views') },
    },
    {
      name: 'no-import-from-tests',
      severity: 'error',
      from: { pathNot: ['^test/', '^bench/'] },
      to: { path: '^test/' },
    },
    {
      name: 'bench-imports',
      comment: 'Benchmarks use what the tests stand on, and no test.',
      severity: 'error',
      from: { path: '^bench/' },
      to: {
        path: '^(test|dashboard|bin|scripts)/',
        pathNot: [
          '^test/(support|reliability|contract/connector/kit)/',
          '^test/connectors/[^/]+/[^/]+-subject',
        ],
      },
    },
    {
      name: 'no-import-of-benchmarks',
      comment: 'Only the tests of the harness know it.',
      severity: 'error',
      from: { pathNot: ['^bench/', '^test/bench/'] },
      to: { path: '^bench/' },
    },
    {
      name: 'no-development-package',
      comment: 'The image is installed without them.',
      severity: 'error',
      from: { path: '^(src|bin)/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-missing-file', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    parser: 'tsc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['/node_modules/.*/node_modules/'] },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
};
