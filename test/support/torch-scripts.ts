import { zipOf } from "../files/archives.js";
import { GOOD } from "./pickles.js";

/**
 * A TorchScript with an expression in its code.
 *
 * @param version - of the archive's format; in both of the places that newer ones have
 */
export function torchScript(expression: string, version = 3): Buffer {
  const code = `class Net(Module):\n  def forward(self, x: Tensor) -> Tensor:\n    return ${expression}\n`;
  return zipOf([
    { name: "model/data.pkl", data: GOOD },
    { name: "model/code/__torch__.py", data: code },
    { name: "model/code/__torch__.py.debug_pkl", data: GOOD },
    { name: "model/constants.pkl", data: GOOD },
    { name: "model/version", data: "3\n" },
    ...(version === 3 ? [] : [{ name: "model/.data/version", data: `${version}\n` }]),
  ]);
}
