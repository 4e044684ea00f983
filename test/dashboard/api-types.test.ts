import { describe, expect, it } from '@jest/globals';
import { apiTypes, committedApiTypes } from '../../scripts/api-types.ts';

describe("the types of the API's answers on the page", () => {
  it("are what the API's description says; npm run docs:api-types writes them", async () => {
    expect(committedApiTypes()).toBe(await apiTypes());
  });
});
