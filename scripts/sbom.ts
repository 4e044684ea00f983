import { npm } from './npm.ts';

interface Bom {
  serialNumber?: string;
  readonly metadata: {
    timestamp?: string;
    tools?: unknown;
    readonly component: { readonly 'bom-ref': string; name: string; type: string };
  };
}

/**
 * The software bill of materials of the lock file in a folder, as CycloneDX JSON, made by npm without a network. The same lock
 * file gives the same text: what npm puts in anew each time (a serial number, the time, its own version, the folder's name) is
 * left out. Packages for development carry the property `cdx:npm:package:development`.
 */
export async function sbomOf(folder: string): Promise<string> {
  const args = ['sbom', '--sbom-format=cyclonedx', '--sbom-type=application', '--package-lock-only'];
  const bom = JSON.parse(await npm(folder, args)) as Bom;
  delete bom.serialNumber;
  delete bom.metadata.timestamp;
  delete bom.metadata.tools;
  const { component } = bom.metadata;
  component.name = component['bom-ref'].slice(0, component['bom-ref'].lastIndexOf('@'));
  return `${JSON.stringify(bom, null, 2)}\n`;
}
