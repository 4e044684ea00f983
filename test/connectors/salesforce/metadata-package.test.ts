import { describe, expect, it } from '@jest/globals';
import { metadataPackage } from '../../../src/connectors/salesforce/metadata-package.ts';
import { OBJECTS } from '../../../src/connectors/salesforce/api/objects.ts';

const textOf = (path: string): string => metadataPackage().find((file) => file.path === path)?.text ?? '';

describe('the metadata package', () => {
  it('has every field that the connector writes and Salesforce hasn’t, and permission to write all of them', () => {
    const permissions = textOf('permissionsets/Zena_CRM_Sync.permissionset');
    for (const { name: object, fields } of OBJECTS) {
      for (const { name, made } of fields) {
        const isMade = made !== undefined;
        expect(name.endsWith('__c')).toBe(isMade);
        if (!isMade) continue;
        expect(textOf(`objects/${object}.object`)).toContain(`<fullName>${name}</fullName>`);
        expect(textOf('package.xml')).toContain(`<members>${object}.${name}</members>`);
        expect(permissions).toContain(`<field>${object}.${name}</field>`);
      }
    }
    expect(permissions).toContain('<field>Contact.HasOptedOutOfEmail</field>');
    expect(permissions).toContain('<name>ApiEnabled</name>');
  });

  it('makes the external id unique and case-sensitive, so that upserts need no permission to see everything', () => {
    for (const { name } of OBJECTS) {
      const [, field = ''] =
        /<fields>([\s\S]*?ZenaId__c[\s\S]*?)<\/fields>/.exec(textOf(`objects/${name}.object`)) ?? [];
      for (const trait of ['externalId', 'unique', 'caseSensitive'])
        expect(field).toContain(`<${trait}>true</${trait}>`);
    }
  });

  it('is well-formed: every element that is opened is closed', () => {
    for (const { text } of metadataPackage()) {
      const open: string[] = [];
      for (const [, slash, name = ''] of text.matchAll(/<(\/?)([A-Za-z]+)[^>]*>/g)) {
        if (slash === '') open.push(name);
        else expect(open.pop()).toBe(name);
      }
      expect(open).toEqual([]);
    }
  });
});
