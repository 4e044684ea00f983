import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeChange, isEntityKind, isZenaId } from '../../../src/domain/events/decode-change.ts';
import type { ChangeEvent } from '../../../src/domain/change-event.ts';

/** Of the clock: 2026-06-01. */
const NOW = Date.UTC(2026, 5, 1);
const envelope = {
  eventId: 'e-1',
  occurredAt: 1_700_000_000_000,
  userId: 'user-1',
  entityId: 'x-1',
  version: 3,
  operation: 'UPSERT',
};
const contact = { name: 'Ada', emails: ['a@example.test'], phones: [], role: 'buyer', relationshipNotes: [] };
const property = { address: '1 High St', vendors: ['c1'], buyers: [], milestones: [], riskOverview: null };
const deal = { propertyId: 'p1', stage: 'offer', riskLevel: 'low', riskFlags: [], contacts: [] };
const contactChange = { ...envelope, contact };

function read(value: unknown, key: string | null = null): ChangeEvent {
  const decoded = decodeChange('contact', value, key, NOW);
  if (!decoded.ok) throw new Error(decoded.message);
  return decoded.event;
}

const fault = (value: unknown, kind: 'contact' | 'property' | 'deal' = 'contact'): string => {
  const decoded = decodeChange(kind, value, null, NOW);
  return decoded.ok ? 'no fault' : decoded.message;
};

describe('a change event', () => {
  it('gets the defaults of what it leaves out', () => {
    expect(read(contactChange)).toEqual({
      ...envelope,
      kind: 'contact',
      accountId: null,
      origin: 'zena',
      causationId: null,
      body: { kind: 'contact', contact: { ...contact, doNotContact: null, attributes: {} } },
    });
    const house = decodeChange(
      'property',
      { ...envelope, property: { ...property, riskOverview: undefined } },
      null,
      NOW,
    );
    expect(house).toMatchObject({ ok: true, event: { body: { property: { riskOverview: null } } } });
    expect(decodeChange('deal', { ...envelope, deal }, null, NOW)).toMatchObject({
      event: { body: { deal: { nextAction: null, nextActionOwner: null, summary: null, attributes: {} } } },
    });
  });

  it('loses unknown fields at every depth', () => {
    const more = { ...contactChange, added: 1, contact: { ...contact, added: { deep: true } } };
    expect(read(more)).toEqual(read(contactChange));
    const milestones = [{ type: 'sold', date: 5, notes: null, added: 1 }];
    expect(
      decodeChange('property', { ...envelope, property: { ...property, milestones } }, null, NOW),
    ).toMatchObject({
      event: { body: { property: { milestones: [{ type: 'sold', date: 5, notes: null }] } } },
    });
  });

  it('that deletes needs no body, and keeps none', () => {
    expect(read({ ...envelope, operation: 'DELETE' }).body).toBeNull();
    expect(read({ ...contactChange, operation: 'DELETE', contact: 'whatever' }).body).toBeNull();
    expect(fault(envelope)).toBe('/contact: missing for an UPSERT');
  });

  it('must be filed under its own id where the log has a key', () => {
    expect(decodeChange('contact', contactChange, 'x-1', NOW).ok).toBe(true);
    expect(decodeChange('contact', contactChange, 'x-2', NOW)).toMatchObject({
      ok: false,
      code: 'KEY_MISMATCH',
    });
  });

  it.each<[unknown, string]>([
    ['1700000000000', 'no number'],
    ['2023-11-14T22:13:20', 'without a zone'],
    ['2026-02-31T00:00:00Z', 'no such day'],
    ['2026-02-29', 'no such day'],
    ['2026-13-01T00:00:00Z', 'no such month'],
    ['2026-01-01T25:00:00Z', 'no such hour'],
    ['yesterday', 'words'],
    [1.5, 'a fraction'],
    [Number.NaN, 'not a number'],
    [null, 'nothing'],
    [true, 'a truth value'],
  ])('with the time %p (%s) is refused', (occurredAt) => {
    expect(fault({ ...contactChange, occurredAt })).toMatch(/^\/occurredAt: neither milliseconds/);
  });

  it.each<[unknown, number]>([
    ['2023-11-14T22:13:20Z', 1_700_000_000_000],
    ['2023-11-14T22:13:20.000+00:00', 1_700_000_000_000],
    ['2023-11-15T11:13:20+13:00', 1_700_000_000_000],
    ['2024-02-29', Date.UTC(2024, 1, 29)],
    ['2024-02-29T23:30-05:00', Date.UTC(2024, 2, 1, 4, 30)],
    [new Date(1_700_000_000_000), 1_700_000_000_000],
    [0, 0],
    [-1, -1],
  ])('with the time %p is read as %p', (occurredAt, millis) => {
    expect(read({ ...contactChange, occurredAt }).occurredAt).toBe(millis);
  });

  it.each<[unknown, string]>([
    [9e15, 'beyond what a date can be'],
    [1.7e18, 'nanoseconds'],
    [1_700_000_000_000_000_000n, 'nanoseconds of 64 bits'],
    [1_700_000_000_000_000, 'microseconds'],
    ['1899-12-31T23:59:59.999Z', 'before 1900'],
    ['2201-01-01T00:00Z', 'after 2200'],
    ['0050-01-01', 'long ago'],
    ['9999-12-31T23:59:59Z', 'a date that stands for never'],
    [NOW + 86_400_001, 'more than a day ahead'],
    ['2026-06-02T13:00:00.001+13:00', 'more than a day ahead, there'],
  ])('with the time %p (%s) can not be meant', (occurredAt) => {
    const decoded = decodeChange('contact', { ...contactChange, occurredAt }, null, NOW);
    expect(decoded).toMatchObject({ ok: false, code: 'IMPLAUSIBLE_TIME' });
    expect(fault({ ...contactChange, occurredAt })).toMatch(
      /^\/occurredAt: (not in the years|more than a day)/,
    );
  });

  it('may be a day ahead of the clock, and of any day since 1900', () => {
    for (const occurredAt of [NOW + 86_400_000, '1900-01-01', '1900-01-01T00:00+13:00'])
      expect(fault({ ...contactChange, occurredAt })).toBe('no fault');
  });

  it('has milestones that may lie ahead, but not of years that can not be meant', () => {
    const on = (date: unknown) =>
      fault({ ...envelope, property: { ...property, milestones: [{ type: 'settled', date }] } }, 'property');
    expect(['2200-12-31', '2040-01-01T00:00Z', NOW * 2].map(on)).toEqual([
      'no fault',
      'no fault',
      'no fault',
    ]);
    expect(on('2201-01-01')).toBe('/property/milestones/0/date: not in the years 1900 to 2200');
    expect(on(57_982 * 3.15e10)).toMatch(/not in the years/);
  });

  it('keeps the day of a milestone that was told with its offset, and none where no zone was', () => {
    const dates = [
      '2026-03-01T00:30+13:00',
      '2026-02-28T11:30:00Z',
      Date.UTC(2026, 1, 28, 11, 30),
      '2026-03-01',
    ];
    const milestones = dates.map((date) => ({ type: 'auction', date }));
    expect(
      decodeChange('property', { ...envelope, property: { ...property, milestones } }, null, NOW),
    ).toMatchObject({
      event: {
        body: {
          property: {
            milestones: [
              { type: 'auction', date: Date.UTC(2026, 1, 28, 11, 30), day: '2026-03-01', notes: null },
              { type: 'auction', date: Date.UTC(2026, 1, 28, 11, 30), notes: null },
              { type: 'auction', date: Date.UTC(2026, 1, 28, 11, 30), notes: null },
              { type: 'auction', date: Date.UTC(2026, 2, 1), day: '2026-03-01', notes: null },
            ],
          },
        },
      },
    });
  });

  it('takes null for a list, the origin or the attributes as if it were left out', () => {
    const lists = {
      emails: null,
      phones: null,
      relationshipNotes: null,
      doNotContact: null,
      attributes: null,
    };
    const told = { ...contactChange, origin: null, contact: { ...contact, ...lists } };
    const { name, role } = contact;
    expect(read(told)).toEqual(read({ ...contactChange, contact: { name, role } }));
    expect(read(told).origin).toBe('zena');
    expect(read(told).body).toMatchObject({
      contact: { emails: [], phones: [], doNotContact: null, attributes: {} },
    });
    const house = { address: '1 High St', vendors: null, buyers: null, milestones: null, attributes: null };
    expect(decodeChange('property', { ...envelope, property: house }, null, NOW)).toMatchObject({
      event: { body: { property: { vendors: [], buyers: [], milestones: [], attributes: {} } } },
    });
    const offer = { stage: 'offer', riskLevel: 'low', riskFlags: null, contacts: null, attributes: null };
    expect(decodeChange('deal', { ...envelope, deal: offer }, null, NOW)).toMatchObject({
      event: { body: { deal: { riskFlags: [], contacts: [], attributes: {} } } },
    });
  });

  it('reads every moment from its ISO 8601 text', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('1900-01-01'), max: new Date(NOW), noInvalidDate: true }),
        (date) => {
          expect(read({ ...contactChange, occurredAt: date.toISOString() }).occurredAt).toBe(date.getTime());
        },
      ),
    );
  });
});

describe('nothing is coerced', () => {
  const spoiled: readonly [string, unknown, string][] = [
    ['a version as text', { ...contactChange, version: '3' }, '/version'],
    ['a fraction as version', { ...contactChange, version: 1.5 }, '/version'],
    ['a negative version', { ...contactChange, version: -1 }, '/version'],
    ['a version beyond 2^53 - 1', { ...contactChange, version: 2 ** 53 }, '/version'],
    ['a long as version', { ...contactChange, version: 3n }, '/version'],
    ['another operation', { ...contactChange, operation: 'upsert' }, '/operation'],
    ['a number as id', { ...contactChange, entityId: 7 }, '/entityId'],
    ['an id with a space', { ...contactChange, entityId: 'a b' }, '/entityId'],
    ['an empty id', { ...contactChange, userId: '' }, '/userId'],
    ['an id of 257 bytes', { ...contactChange, entityId: 'x'.repeat(257) }, '/entityId'],
    ['an id beyond ASCII', { ...contactChange, accountId: 'é' }, '/accountId'],
    ['a number as origin', { ...contactChange, origin: 5 }, '/origin'],
    ['a number as name', { ...contactChange, contact: { ...contact, name: 5 } }, '/contact/name'],
    ['a text as list', { ...contactChange, contact: { ...contact, emails: 'a@b' } }, '/contact/emails'],
    [
      'null in a list',
      { ...contactChange, contact: { ...contact, emails: ['a', null] } },
      '/contact/emails/1',
    ],
    [
      'another channel',
      { ...contactChange, contact: { ...contact, doNotContact: ['fax'] } },
      '/contact/doNotContact/0',
    ],
    [
      'a number as attribute',
      { ...contactChange, contact: { ...contact, attributes: { a: 1 } } },
      '/contact/attributes',
    ],
    [
      'a list as attributes',
      { ...contactChange, contact: { ...contact, attributes: [] } },
      '/contact/attributes',
    ],
    ['a list as body', { ...contactChange, contact: [] }, '/contact'],
    ['half a character', { ...contactChange, contact: { ...contact, name: '\ud800' } }, '/contact/name'],
    ['a list as event', [], '/'],
    ['a text as event', 'event', '/'],
    ['nothing as event', null, '/'],
  ];

  it.each(spoiled)('%s is refused at its place', (_what, value, place) => {
    expect(decodeChange('contact', value, null, NOW)).toMatchObject({ ok: false, code: 'INVALID_EVENT' });
    expect(fault(value).split(':')[0]).toBe(place);
  });

  it.each(['name', 'role'])('a contact without %s is refused', (name) => {
    const rest = Object.fromEntries(Object.entries(contact).filter(([other]) => other !== name));
    expect(fault({ ...envelope, contact: rest })).toMatch(new RegExp(`^/contact/${name}:`));
  });

  it('also not in properties and deals', () => {
    const milestones = [{ type: 'sold', date: 'soon', notes: null }];
    expect(fault({ ...envelope, property: { ...property, milestones } }, 'property')).toMatch(
      /^\/property\/milestones\/0\/date:/,
    );
    expect(fault({ ...envelope, property: { ...property, vendors: ['a b'] } }, 'property')).toMatch(
      /^\/property\/vendors\/0:/,
    );
    expect(fault({ ...envelope, deal: { ...deal, propertyId: 5 } }, 'deal')).toMatch(/^\/deal\/propertyId:/);
  });

  it('and lists and texts have an end', () => {
    const endless = { ...contact, emails: new Array<string>(10_001).fill('a') };
    expect(fault({ ...envelope, contact: endless })).toMatch(/^\/contact\/emails: more than/);
    expect(fault({ ...envelope, contact: { ...contact, name: 'x'.repeat(1_000_001) } })).toMatch(
      /longer than/,
    );
  });
});

describe('what is said of a fault', () => {
  it('never repeats a value or a name that the event chose', () => {
    const secret = 'S3CRET-VALUE';
    const values = fc.oneof(
      fc.constantFrom(secret, [secret], { [secret]: secret }, ` ${secret}`, `${secret}\ud800`),
      fc.record({ a: fc.constant(secret) }),
    );
    const places = fc.constantFrom(...Object.keys(envelope), 'accountId', 'causationId', 'origin', 'contact');
    const inside = fc.constantFrom(...Object.keys(contact), 'doNotContact', 'attributes');
    fc.assert(
      fc.property(places, inside, values, values, (outer, inner, a, b) => {
        const one = { ...contactChange, [outer]: a };
        const two = { ...contactChange, contact: { ...contact, [inner]: b, attributes: { [secret]: 5 } } };
        for (const value of [one, two]) {
          const decoded = decodeChange('contact', value, null, NOW);
          if (!decoded.ok) expect(decoded.message).not.toContain(secret);
        }
      }),
    );
    const keyed = decodeChange('contact', contactChange, secret, NOW);
    expect(JSON.stringify(keyed)).not.toContain(secret);
  });
});

describe('an event that was made to confuse', () => {
  it('keeps attributes named like parts of the language as plain names', () => {
    const text = `{"__proto__":"p","constructor":"c","toString":"t"}`;
    const { body } = read({
      ...contactChange,
      contact: { ...contact, attributes: JSON.parse(text) as unknown },
    });
    const attributes = body?.kind === 'contact' ? body.contact.attributes : {};
    expect(Object.keys(attributes).sort()).toEqual(['__proto__', 'constructor', 'toString']);
    expect(Object.getPrototypeOf(attributes)).toBeNull();
    expect(({} as Record<string, unknown>)['p']).toBeUndefined();
  });

  it('can’t bring in its fields through __proto__', () => {
    const hidden = JSON.parse(
      `{"__proto__": ${JSON.stringify(contactChange)}, "entityId": "x-1"}`,
    ) as unknown;
    expect(decodeChange('contact', hidden, null, NOW).ok).toBe(false);
  });

  it('of any JSON at all ends in an event or a fault, never in a throw', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        for (const kind of ['contact', 'property', 'deal'] as const) {
          expect(decodeChange(kind, a, null, NOW).ok).toBe(false);
          expect(typeof decodeChange(kind, { ...contactChange, [kind]: b }, null, NOW).ok).toBe('boolean');
        }
      }),
    );
  });

  it('has ids of printable ASCII only, and kinds that are known only', () => {
    expect(['a', '~', 'x'.repeat(256), 'a/b?c#d%'].every(isZenaId)).toBe(true);
    expect(['', ' ', 'a\n', 'a\u007f', 'é', 'x'.repeat(257), 5, null].some(isZenaId)).toBe(false);
    expect(['contact', 'property', 'deal'].every(isEntityKind)).toBe(true);
    expect(['Contact', 'constructor', '', null, 3].some(isEntityKind)).toBe(false);
  });
});
