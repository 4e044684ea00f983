/** Where the shared servers of this test run are. The registry's URL includes its path, MongoDB's names no database. */
export type RealTier = { kafkaBrokers: string[]; schemaRegistryUrl: string; mongodbUrl: string };

const required = (name: string): string => {
  const value = process.env[name];
  if (value) return value;
  throw new Error(
    `${name} is not set. Tests of the real tier are named *.real.test.ts and *.long.test.ts and run by \`npm run test:real\` and \`test:long\`, ` +
      'whose set-up starts the servers.',
  );
};

/** The servers that the set-up of the Jest project `real` found or started. Throws outside that project. */
export const realTier = (): RealTier => ({
  kafkaBrokers: required('REAL_KAFKA_BROKERS').split(','),
  schemaRegistryUrl: required('REAL_SCHEMA_REGISTRY_URL'),
  mongodbUrl: required('REAL_MONGODB_URL'),
});

/** Names a database in a server's URL and keeps the URL's options. */
export const withDatabase = (mongodbUrl: string, database: string): string => {
  const [, server = '', options = ''] = /^(mongodb(?:\+srv)?:\/\/[^/?]+)[^?]*(\?.*)?$/.exec(mongodbUrl) ?? [];
  if (server === '') throw new Error('Not a MongoDB URL.');
  return `${server}/${encodeURIComponent(database)}${options}`;
};
