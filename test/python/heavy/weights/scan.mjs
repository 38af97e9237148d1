/**
 * Says what mmar2mdai finds in files of weights: node scan.mjs LIST [weights], with the paths in a
 * JSON array. Prints an object: by path, the findings' codes and messages. Where "weights" is given
 * the files are checked as those that the inference config loads.
 */
import { readFileSync } from "node:fs";
import { fileSource } from "../../../../dist/files/folder.js";
import { describeFinding } from "../../../../dist/index.js";
import { checkLoading } from "../../../../dist/weights/check.js";
import { Trust } from "../../../../dist/weights/trust.js";

const [, , list, isWeights] = process.argv;
const found = {};
for (const path of JSON.parse(readFileSync(list, "utf8"))) {
  const options = { trust: new Trust(), isWeights: isWeights === "weights" };
  const findings = await checkLoading(await fileSource(path, path), options);
  found[path] = findings.map((each) => `${each.code}: ${describeFinding(each).message}`);
}
console.log(JSON.stringify(found));
