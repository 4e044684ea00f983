import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readFieldErrors } from '../../src/wire/parsing/field-errors.ts';
import type { Json } from '../../src/domain/json.ts';
import { anyCodePoint } from '../domain/canonical/any-code-point.ts';

describe('what a refusal says about fields', () => {
  it.each<[Json, readonly (readonly [string, string])[]]>([
    [{ errors: [{ field: 'email', message: 'is taken' }] }, [['email', 'is taken']]],
    [{ errors: [{ pointer: '/email', detail: 'is taken' }] }, [['/email', 'is taken']]],
    [
      { errors: { email: 'is taken', phone: ['too long', 'not a number'] } },
      [
        ['email', 'is taken'],
        ['phone', 'too long'],
        ['phone', 'not a number'],
      ],
    ],
    [{ errors: ['name is missing'] }, [['', 'name is missing']]],
    [
      [{ message: 'Required', errorCode: 'X', fields: ['LastName', 'Email'] }],
      [
        ['LastName', 'Required'],
        ['Email', 'Required'],
      ],
    ],
    [{ error: { code: 400, errors: [{ field: 'a', message: 'b' }] } }, [['a', 'b']]],
    [{ error: { message: 'no' } }, [['', 'no']]],
    [{ error: 'no' }, [['', 'no']]],
    [{ message: 'no', field: 'stage' }, [['stage', 'no']]],
    [{ title: 'Bad', violations: [{ propertyPath: 'a', message: 'b' }] }, [['a', 'b']]],
    [{ ok: false }, []],
    ['no', []],
    [null, []],
    [[], []],
  ])('is read from %j', (body, expected) => {
    expect(readFieldErrors(body).map(({ field, message }) => [field, message])).toEqual(expected);
  });

  it('is bounded and plain, whatever the body', () => {
    const names = fc.constantFrom('errors', 'fields', 'error', 'message', 'field', 'details', 'a');
    const { body } = fc.letrec<{ body: Json }>((tie) => ({
      body: fc.oneof(
        { depthSize: 'small' },
        fc.string({ maxLength: 500, unit: anyCodePoint }),
        fc.constant(null),
        fc.array(tie('body'), { maxLength: 50 }),
        fc.dictionary(names, tie('body')),
      ),
    }));
    fc.assert(
      fc.property(body, (value) => {
        const errors = readFieldErrors(value);
        expect(errors.length).toBeLessThanOrEqual(20);
        for (const { field, message } of errors) {
          expect(field.length).toBeLessThanOrEqual(100);
          expect(message.length).toBeLessThanOrEqual(300);
          expect(field + message).not.toMatch(/[\p{Cc}\p{Cf}]/u);
          expect((field + message).isWellFormed()).toBe(true);
        }
      }),
    );
  });

  it('takes nothing from a prototype', () => {
    expect(readFieldErrors(Object.create({ errors: ['inherited'] }) as Json)).toEqual([]);
  });
});
