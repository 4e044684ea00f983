import { describe, expect, it } from '@jest/globals';
import { isUsualPlaceholder } from '../../../src/domain/canonical/placeholder-emails.ts';

const NOBODYS = [
  ...['test@test.com', 'Test@TEST.com.au', 'x@x.com', 'xx@xx.com', 'a@a.com', 'aaa@aaa.co.nz', 'no@no.com'],
  ...['na@na.com', 'none@none.com', 'abc@abc.com', 'asdf@asdf.com', 'email@email.com', 'fake@fake.com'],
  ...['blank@blank.com', '123@123.com', 'refused@agency.test', 'declined@agency.test', 'noemail@agency.test'],
  ...['noemail1@agency.test', 'no-email-12@agency.test', 'no.email.3@agency.test', 'nomail7@agency.test'],
  ...['noemail+jones@agency.test', 'no.email+1@agency.test', 'vendor@noemail.com', 'jones@no-email.com.au'],
  ...['unknownemail4@agency.test', 'notprovided9@agency.test', 'Refused <refused@agency.test>'],
];

/** What looks like it, and is or may be somebody's. */
const SOMEBODYS = [
  ...['test@agency.test', 'test.jones@test.com', 'jones@test.com', 'x@agency.test', 'max@x.com', 'jo@no.com'],
  ...[
    'ray@ray.com',
    'bob@bob.com',
    'jones@jones.com.au',
    'ray.white@raywhite.com',
    'info@info.com',
    'office@agency.test',
  ],
  ...[
    'admin@agency.test',
    'none1@agency.test',
    'noel@agency.test',
    'noemi@agency.test',
    'noah+test@agency.test',
  ],
  ...['unknown.artist@agency.test', 'nina@agency.test', 'nil.jones@agency.test', 'nobody2@agency.test'],
  ...[
    'jones+noemail@agency.test',
    'jones+test@test.com',
    'refusedx@agency.test',
    'a@agency.test',
    'aa@b.com',
  ],
  ...[
    'ab@ab.com',
    'email@agency.test',
    'blank@agency.test',
    'fake.tan@agency.test',
    'nomail.jones@agency.test',
  ],
  ...[
    'noemailjones1@agency.test',
    '123@agency.test',
    '12345678@12345678.com',
    'test1@test.com',
    'mail@jones.com',
  ],
];

describe('an e-mail that is no natural key', () => {
  it.each(NOBODYS)('%s', (email) => {
    expect(isUsualPlaceholder(email)).toBe(true);
  });

  it.each(SOMEBODYS)('is not %s', (email) => {
    expect(isUsualPlaceholder(email)).toBe(false);
  });

  it('is tried with at least as many that are keys', () => {
    expect(SOMEBODYS.length).toBeGreaterThanOrEqual(NOBODYS.length);
  });
});
