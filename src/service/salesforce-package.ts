import { metadataPackage, type PackageFile } from '../connectors/salesforce/metadata-package.ts';

/** The files that an administrator of a Salesforce org deploys, each with its path in the package. */
export function salesforcePackage(): readonly PackageFile[] {
  return metadataPackage();
}
