import type { SourceFile } from "../files/source-file.js";
import type { Finding } from "../findings/finding.js";
import { areaOf } from "../findings/table.js";
import { checkLoading } from "../weights/check.js";
import type { Trust } from "../weights/trust.js";

/** How files are looked at. */
export interface LoadableOptions {
  readonly trust: Trust;
  /** Whether the model's configs have PyTorch load a file. */
  readonly isWeights: (path: string) => boolean;
  /** What is known of the files already. */
  readonly found: readonly Finding[];
}

/**
 * Checks what loading files would do that go into a bundle, whatever they are called.
 *
 * @throws {@link FileChangedError} or a system error if a file can't be read
 */
export async function checkLoadable(
  files: Iterable<SourceFile>,
  { trust, isWeights, found }: LoadableOptions,
): Promise<Finding[]> {
  const broken = new Set(
    found.filter(({ code }) => areaOf(code) === "weights").map(({ place }) => place?.file),
  );
  const findings: Finding[] = [];
  for (const file of files) {
    const loading = await checkLoading(file, { trust, isWeights: isWeights(file.path) });
    // Of a file that is said to be none of PyTorch's, its form need not be told again.
    const isBroken = broken.has(file.path);
    findings.push(...loading.filter(({ code }) => !(isBroken && FORMS.has(code))));
  }
  return findings;
}

const FORMS: ReadonlySet<string> = new Set(["pickle-form", "pickle-unreadable"]);
