import { checkLoadable } from "../bundle/check-loadable.js";
import { JsonBudget } from "../files/read-json.js";
import type { SourceFile } from "../files/source-file.js";
import { type Finding, finding } from "../findings/finding.js";
import { asList, asString } from "../text/json.js";
import { Trust } from "../weights/trust.js";

/**
 * Checks what loading the bundle's files would do. What its maker trusts, as config_mdai.json
 * says, is told, and no error.
 *
 * @param configMdai - path of config_mdai.json, which may be there
 * @param found - what is known of the files already
 * @throws {@link ArchiveFault} if the archive is damaged
 * @throws {@link FileChangedError} or a system error if a file can't be read
 */
export async function checkBundleLoading(
  files: readonly SourceFile[],
  configMdai: string | undefined,
  found: readonly Finding[],
): Promise<Finding[]> {
  const config = files.find(({ path }) => path === configMdai);
  const read = config === undefined ? undefined : await new JsonBudget().read(config);
  const names = asList(read?.file?.value.trust).flatMap((name) => asString(name) ?? []);
  const trust = new Trust(names);
  const findings = await checkLoadable(files, { trust, isWeights: () => false, found });
  if (trust.used.length === 0) return findings;
  return [
    ...findings,
    finding("trust-in-bundle", { names: trust.used }, { file: configMdai ?? "" }),
  ];
}
