import { AjvCompiler } from '@fastify/ajv-compiler';
import { SerializerSelector } from '@fastify/fast-json-stringify-compiler';
import type { FastifyServerOptions } from 'fastify';
import type { FastifyValidationResult } from 'fastify/types/schema.js';
import type { App } from './app-types.ts';
import { plainAnswer } from './plain-answers.ts';

type SchemaController = NonNullable<FastifyServerOptions['schemaController']>;
type Factories = Required<NonNullable<SchemaController['compilersFactory']>>;

declare module 'fastify' {
  interface FastifyInstance {
    /** Compiles every schema that no request has needed yet, for checks that must miss none. Throws for one that can't be. */
    readonly compileSchemas: () => void;
  }
}

/** Fastify's own compilers, put off; `registerOn` gives the server its `compileSchemas`. */
export interface LazyCompilers {
  readonly factories: Factories;
  registerOn(app: App): void;
}

/**
 * Compiles a schema when the first request needs it: of the hundred that there are a program may never need most, and all of them
 * take longer than the rest of the server's start. One that can't be compiled is not found at the start, hence `compileSchemas`.
 */
export function createLazyCompilers(): LazyCompilers {
  const compiles: (() => unknown)[] = [];
  const later = <C>(compile: () => C): (() => C) => {
    let compiled: C | undefined;
    const get = (): C => (compiled ??= compile());
    compiles.push(get);
    return get;
  };
  const buildValidator = AjvCompiler();
  const buildSerializer = SerializerSelector();
  return {
    factories: {
      buildValidator: ((...given: Parameters<typeof buildValidator>) => {
        const compile = buildValidator(...given);
        return ({ schema }: { readonly schema: Parameters<typeof compile>[0] }) =>
          validatorOf(
            later(() => once(VALIDATORS, schema, () => compile({ schema }) as FastifyValidationResult)),
          );
      }) as Factories['buildValidator'],
      buildSerializer(...given) {
        const compile = buildSerializer(...given);
        return (route) => {
          const plain = () => compile({ ...route, schema: plainAnswer(route.schema) });
          const get = later(() =>
            once(SERIALIZERS, route.schema, () => plain() as (document: unknown) => string),
          );
          return (document) => get()(document);
        };
      },
    },
    registerOn(app) {
      app.decorate('compileSchemas', () => {
        for (const compile of compiles) compile();
      });
    },
  };
}

/** Compiled schemas by what they were compiled of: schemas are values of modules, so that those of one server serve all of a process. */
const VALIDATORS = new WeakMap<object, FastifyValidationResult>();
const SERIALIZERS = new WeakMap<object, (document: unknown) => string>();

function once<C>(known: WeakMap<object, C>, schema: unknown, compile: () => C): C {
  if (typeof schema !== 'object' || schema === null) return compile();
  const compiled = known.get(schema) ?? compile();
  known.set(schema, compiled);
  return compiled;
}

/** Fastify looks for what was wrong on the function that it called, as Ajv leaves it there. */
function validatorOf(get: () => FastifyValidationResult): FastifyValidationResult {
  const validate: FastifyValidationResult = (data) => {
    const compiled = get();
    const answer = compiled(data);
    validate.errors = compiled.errors ?? null;
    return answer;
  };
  return validate;
}
