import tseslint from 'typescript-eslint';

const TYPESCRIPT = ['**/*.ts', '**/*.tsx'];
const TESTS = ['test/**/*.ts', 'dashboard/**/*.test.{ts,tsx}'];
/** Where a person is the reader: there, and only there, the program prints. */
const SPEAKING = ['src/cli/**', 'src/demo/**', 'scripts/**', 'bin/**', 'bench/run-bench.ts'];
/** Settings come in through one door. */
const READING_THE_ENVIRONMENT = ['src/config/**', 'src/cli/main.ts', 'bin/**', 'scripts/**'];
/** Tools that ask for a default export. */
const LOADED_BY_TOOLS = [
  '**/*.config.{ts,js}',
  'test/**/global-{setup,teardown}.ts',
  'test/support/longest-first.js',
];

const FROM_CONFIG = 'Settings are read in src/config only; take them as arguments.';
const LONGEST_FILE = ['error', { max: 400 }];

const mistakes = {
  eqeqeq: ['error', 'always', { null: 'ignore' }],
  'no-cond-assign': 'error',
  'no-constant-binary-expression': 'error',
  'no-control-regex': 'error',
  'no-empty': 'error',
  'no-fallthrough': 'error',
  'no-misleading-character-class': 'error',
  'no-self-compare': 'error',
  'no-unsafe-finally': 'error',
  'no-unsafe-optional-chaining': 'error',
  'no-useless-catch': 'error',
  'no-useless-escape': 'error',
  'no-var': 'error',
  'prefer-const': 'error',
  'preserve-caught-error': 'error',
  'valid-typeof': 'error',
};

const types = {
  '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
  '@typescript-eslint/no-explicit-any': 'error',
  '@typescript-eslint/no-floating-promises': 'error',
  '@typescript-eslint/no-misused-promises': 'error',
  '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
  // What was caught may be thrown on as it came.
  '@typescript-eslint/only-throw-error': ['error', { allowThrowingUnknown: true }],
  // An async function that waits for nothing still turns a throw into a rejection, which ports ask for.
  '@typescript-eslint/require-await': 'off',
  '@typescript-eslint/switch-exhaustiveness-check': [
    'error',
    { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: false },
  ],
  // Objects are closures here: their functions know no `this` to lose.
  '@typescript-eslint/unbound-method': 'off',
};

const RESTRICTED_SYNTAX = [
  'error',
  { selector: 'ExportDefaultDeclaration', message: 'Export by name: a file is called what it exports.' },
  { selector: 'ExportAllDeclaration', message: 'No barrels: import from the file that defines it.' },
  {
    selector: 'ObjectExpression > SpreadElement > ObjectExpression',
    message: 'Write the members plainly: a spread literal is not checked for members too many.',
  },
];

/** What somebody else answers may be of any length: see `readCapped`. */
const WHOLE_BODIES = {
  selector:
    'CallExpression[arguments.length=0] > MemberExpression.callee[property.name=/^(text|json|arrayBuffer|blob|bytes|formData)$/]',
  message: 'Read what somebody answers with readCapped: its length is theirs to choose.',
};
/** Where whom is asked is our own service, or our own sandbox asks. */
const AMONG_OURSELVES = ['src/client/**', 'src/cli/**', 'src/demo/**', 'src/sandbox/**'];

const boundaries = {
  'no-console': 'error',
  'no-restricted-imports': ['error', { name: 'node:process', importNames: ['env'], message: FROM_CONFIG }],
  'no-restricted-properties': ['error', { object: 'process', property: 'env', message: FROM_CONFIG }],
  'no-restricted-syntax': RESTRICTED_SYNTAX,
  'no-warning-comments': 'error',
};

export default tseslint.config(
  { ignores: ['**/node_modules/', '**/dist/', 'coverage/', '.data/', 'test/architecture/fixtures/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  { files: ['**/*.js', '**/*.cjs'], rules: { ...mistakes, 'max-lines': LONGEST_FILE } },
  {
    files: TYPESCRIPT,
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      ...mistakes,
      ...types,
      ...boundaries,
      'max-lines': LONGEST_FILE,
      'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: TESTS,
    rules: {
      // A describe block is a table of contents, not a function to follow.
      'max-lines-per-function': 'off',
      'no-console': 'off',
      'no-restricted-properties': 'off',
      // What a test reads off the wire it asserts at once.
      '@typescript-eslint/no-base-to-string': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: AMONG_OURSELVES,
    rules: { 'no-restricted-syntax': [...RESTRICTED_SYNTAX, WHOLE_BODIES] },
  },
  { files: SPEAKING, rules: { 'no-console': 'off' } },
  {
    files: READING_THE_ENVIRONMENT,
    rules: { 'no-restricted-properties': 'off', 'no-restricted-imports': 'off' },
  },
  { files: LOADED_BY_TOOLS, rules: { 'no-restricted-syntax': 'off' } },
);
