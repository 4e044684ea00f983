import { API_VERSION } from './api/assumed.ts';
import { OBJECTS, PROPERTY, type CrmObject, type ObjectField } from './api/objects.ts';

/** One file of a package, with its path in it. */
export interface PackageFile {
  readonly path: string;
  readonly text: string;
}

/** What its permission set is called. */
const PERMISSION_SET = 'Zena_CRM_Sync';

/**
 * A metadata package that an administrator deploys: the fields that are written, the object of properties, and a permission set for whom the
 * service acts as. In the form of the Metadata API.
 */
export function metadataPackage(): readonly PackageFile[] {
  return [
    { path: 'package.xml', text: manifest() },
    ...OBJECTS.map((object) => ({ path: `objects/${object.name}.object`, text: objectFile(object) })),
    { path: `permissionsets/${PERMISSION_SET}.permissionset`, text: permissionSet() },
  ];
}

function madeFields({ fields }: CrmObject): readonly ObjectField[] {
  return fields.filter(({ made }) => made !== undefined);
}

const isOwnObject = ({ name }: CrmObject): boolean => name.endsWith('__c');

function manifest(): string {
  const fields = OBJECTS.flatMap((object) => madeFields(object).map(({ name }) => `${object.name}.${name}`));
  const types: readonly (readonly [string, readonly string[]])[] = [
    ['CustomField', fields],
    ['CustomObject', OBJECTS.filter(isOwnObject).map(({ name }) => name)],
    ['PermissionSet', [PERMISSION_SET]],
  ];
  const members = types.map(([name, of]) =>
    element('types', [...of.map((member) => element('members', member)), element('name', name)]),
  );
  return file('Package', [...members, element('version', API_VERSION.slice(1))]);
}

function objectFile(object: CrmObject): string {
  const fields = madeFields(object).map((field) => element('fields', fieldParts(object, field)));
  if (!isOwnObject(object)) return file('CustomObject', fields);
  const nameField = element('nameField', [
    element('label', labelOf(object, 'Name')),
    element('type', 'Text'),
  ]);
  return file('CustomObject', [
    element('deploymentStatus', 'Deployed'),
    element('enableReports', 'true'),
    element('enableSearch', 'true'),
    ...fields,
    element('label', object.label),
    nameField,
    element('pluralLabel', 'Properties'),
    element('sharingModel', 'ReadWrite'),
  ]);
}

function labelOf({ fields, label }: CrmObject, name: string): string {
  return fields.find((field) => field.name === name)?.label ?? label;
}

function fieldParts(object: CrmObject, { name, label, length, made }: ObjectField): readonly string[] {
  const head = [element('fullName', name), element('label', label)];
  const size = element('length', String(length ?? 0));
  switch (made) {
    case 'external_id':
      return [
        ...head,
        element('externalId', 'true'),
        element('unique', 'true'),
        element('caseSensitive', 'true'),
        size,
        element('type', 'Text'),
      ];
    case 'long_text':
      return [...head, size, element('type', 'LongTextArea'), element('visibleLines', '6')];
    case 'lookup_contact':
    case 'lookup_property': {
      const to = made === 'lookup_contact' ? 'Contact' : PROPERTY.name;
      return [
        ...head,
        element('deleteConstraint', 'SetNull'),
        element('referenceTo', to),
        element('relationshipLabel', `${label} of`),
        element('relationshipName', `Zena_${object.kind}_${name.replace('__c', '')}`),
        element('type', 'Lookup'),
      ];
    }
    default:
      return [...head, size, element('type', 'Text')];
  }
}

/** Fields that an object can't be without are anybody's who may use the object, and a permission set may not name them. */
const NEEDS_NO_PERMISSION: ReadonlySet<string> = new Set([
  'Contact.LastName',
  'Contact.FirstName',
  'Opportunity.Name',
  'Opportunity.StageName',
  'Property__c.Name',
]);

function permissionSet(): string {
  const fields = OBJECTS.flatMap((object) => object.fields.map(({ name }) => `${object.name}.${name}`));
  const permissions = fields
    .filter((name) => !NEEDS_NO_PERMISSION.has(name))
    .map((name) =>
      element('fieldPermissions', [
        element('editable', 'true'),
        element('field', name),
        element('readable', 'true'),
      ]),
    );
  const objects = ['Account', ...OBJECTS.map(({ name }) => name)].map((object) =>
    element('objectPermissions', [
      element('allowCreate', 'true'),
      element('allowDelete', String(object !== 'Account')),
      element('allowEdit', String(object !== 'Account')),
      element('allowRead', 'true'),
      element('modifyAllRecords', 'false'),
      element('object', object),
      element('viewAllRecords', 'false'),
    ]),
  );
  return file('PermissionSet', [
    element('description', 'What Zena CRM Sync writes.'),
    ...permissions,
    element('hasActivationRequired', 'false'),
    element('label', 'Zena CRM Sync'),
    ...objects,
    element('userPermissions', [element('enabled', 'true'), element('name', 'ApiEnabled')]),
  ]);
}

function file(root: string, parts: readonly string[]): string {
  const body = parts.map(indented).join('\n');
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="http://soap.sforce.com/2006/04/metadata">\n${body}\n</${root}>\n`;
}

function element(name: string, content: string | readonly string[]): string {
  if (typeof content === 'string') return `<${name}>${escaped(content)}</${name}>`;
  return `<${name}>\n${content.map(indented).join('\n')}\n</${name}>`;
}

function indented(text: string): string {
  return text.replace(/^/gm, '    ');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
