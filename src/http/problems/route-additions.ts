import Type, { type TObject, type TProperties } from 'typebox';
import type { FastifySchema, RouteOptions } from 'fastify';
import { problems } from './problem-schema.ts';

/** Adds problems to what a route declares that it may answer, where it doesn't already. */
export function addProblems(route: RouteOptions, ...statuses: readonly number[]): void {
  const { response } = (route.schema ?? {}) as { response?: object };
  const all = { ...problems(...statuses), ...response };
  route.schema = { ...route.schema, response: all } satisfies FastifySchema;
}

/** Adds headers to those that a route declares. */
export function addHeaders(route: RouteOptions, properties: TProperties): void {
  const { headers } = (route.schema ?? {}) as { headers?: TObject };
  route.schema = { ...route.schema, headers: Type.Object({ ...headers?.properties, ...properties }) };
}
