import type { JsonObject } from '../../../domain/json.ts';
import type { SfField } from '../schema/field.ts';
import type { SfObject } from '../schema/objects.ts';

const SOAP_TYPES: Readonly<Record<string, string>> = {
  id: 'tns:ID',
  reference: 'tns:ID',
  boolean: 'xsd:boolean',
  int: 'xsd:int',
  double: 'xsd:double',
  currency: 'xsd:double',
  percent: 'xsd:double',
  date: 'xsd:date',
  datetime: 'xsd:dateTime',
};

/** An object in a list of all. */
export function briefDescribe(
  { name, label, labelPlural, prefix, isWritable }: SfObject,
  version: string,
): JsonObject {
  const base = `/services/data/${version}/sobjects/${name}`;
  return {
    activateable: false,
    associateEntityType: null,
    associateParentEntity: null,
    createable: isWritable,
    custom: name.endsWith('__c'),
    customSetting: false,
    deepCloneable: false,
    deletable: isWritable,
    deprecatedAndHidden: false,
    feedEnabled: isWritable,
    hasSubtypes: false,
    isInterface: false,
    isSubtype: false,
    keyPrefix: prefix,
    label,
    labelPlural,
    layoutable: isWritable,
    mergeable: ['Account', 'Contact', 'Lead'].includes(name),
    mruEnabled: isWritable,
    name,
    queryable: true,
    replicateable: true,
    retrieveable: true,
    searchable: isWritable,
    triggerable: isWritable,
    undeletable: isWritable,
    updateable: isWritable,
    urls: {
      sobject: base,
      describe: `${base}/describe`,
      rowTemplate: `${base}/{ID}`,
    },
  };
}

/** All of an object: its fields with their types and lengths, pick lists, and what lies below. */
export function fullDescribe(object: SfObject, version: string): JsonObject {
  return {
    ...briefDescribe(object, version),
    actionOverrides: [],
    childRelationships: object.children.map(({ name, child, field }) => ({
      cascadeDelete: true,
      childSObject: child,
      deprecatedAndHidden: false,
      field,
      junctionIdListNames: [],
      junctionReferenceTo: [],
      relationshipName: name,
      restrictedDelete: false,
    })),
    compactLayoutable: true,
    fields: object.fields.map(fieldWire),
    listviewable: null,
    lookupLayoutable: null,
    namedLayoutInfos: [],
    networkScopeFieldName: null,
    recordTypeInfos: [
      {
        active: true,
        available: true,
        defaultRecordTypeMapping: true,
        developerName: 'Master',
        master: true,
        name: 'Master',
        recordTypeId: '012000000000000AAA',
        urls: {},
      },
    ],
    searchLayoutable: true,
    sobjectDescribeOption: 'FULL',
    supportedScopes: [
      { label: 'All', name: 'everything' },
      { label: 'My', name: 'mine' },
    ],
  };
}

function fieldWire(field: SfField): JsonObject {
  const { type, length, name } = field;
  const isNumber = ['double', 'currency', 'percent'].includes(type);
  return {
    aggregatable: type !== 'boolean' && !(type === 'textarea' && length > 255),
    autoNumber: false,
    byteLength: length * 3,
    calculated: field.calculated,
    calculatedFormula: null,
    caseSensitive: field.caseSensitive,
    createable: field.createable,
    custom: name.endsWith('__c'),
    defaultValue: field.byDefault ?? null,
    defaultedOnCreate: field.byDefault !== undefined || ['Id', 'OwnerId'].includes(name) || !field.createable,
    dependentPicklist: false,
    deprecatedAndHidden: false,
    digits: type === 'int' ? 8 : 0,
    encrypted: false,
    externalId: field.externalId,
    extraTypeInfo: null,
    filterable: !(type === 'textarea' && length > 255),
    groupable: !isNumber && !(type === 'textarea' && length > 255),
    highScaleNumber: false,
    htmlFormatted: false,
    idLookup: type === 'id' || field.externalId || (type === 'email' && length > 0),
    inlineHelpText: null,
    label: field.label,
    length,
    mask: null,
    maskType: null,
    name,
    nameField: name === 'Name',
    namePointing: false,
    nillable: field.nillable,
    permissionable: field.updateable && field.nillable,
    picklistValues: field.picklist.map(({ value, active, defaultValue }) => ({
      active,
      defaultValue: defaultValue || value === field.byDefault,
      label: value,
      validFor: null,
      value,
    })),
    polymorphicForeignKey: field.referenceTo.length > 1,
    precision: isNumber ? 18 : 0,
    queryByDistance: false,
    referenceTargetField: null,
    referenceTo: [...field.referenceTo],
    relationshipName: field.relationshipName,
    relationshipOrder: null,
    restrictedDelete: false,
    restrictedPicklist: field.restricted,
    scale: type === 'currency' ? 2 : 0,
    searchPrefilterable: false,
    soapType: SOAP_TYPES[type] ?? 'xsd:string',
    sortable: !(type === 'textarea' && length > 255),
    type,
    unique: field.unique,
    updateable: field.updateable,
    writeRequiresMasterRead: false,
  };
}
