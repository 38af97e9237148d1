import { describe, expect, test } from "vitest";
import {
  readBatchFunction,
  readItemFunction,
  readOutputTransform,
  readPassedKeys,
} from "../../../../src/sources/mmar/upgrade/prediction.js";
import { nextFloat } from "../../../../src/sources/mmar/upgrade/tensor.js";

const argmax = { name: "AsDiscreted", args: { argmax: true } };
const threshold = (value: number): unknown => ({ name: "AsDiscreted", args: { threshold: value } });
const channel = (from: number, to: number | "" = from + 1): unknown => ({
  name: "Lambdad",
  args: { func: `lambda x: x[${from}:${to}]` },
});
const softmax = { name: "Activationsd", args: { softmax: true } };
const sigmoid = { name: "Activationsd", args: { sigmoid: true } };
const JUST_ABOVE_HALF = 0.5000000596046448;

describe("an output_transform of Clara 4.0", () => {
  test.each<[code: string, key: string, steps: unknown[]]>([
    // As it is.
    ["lambda x: x['pred']", "pred", []],
    ['lambda x: x["pred"]', "pred", []],
    ["lambda output: output['pred'].detach().cpu()", "pred", []],
    ["lambda x: x['pred_inverted']", "pred_inverted", []],
    ["lambda x: [i for i in x['pred_inverted']]", "pred_inverted", []],
    ["lambda x: x['pred'].cpu().float()", "pred", []],
    ["lambda x: x['pred'].to('cpu')", "pred", []],
    ["#monai.handlers.from_engine(['pred'])", "pred", []],
    // argmax.
    [
      "lambda x: __import__('monai').transforms.AsDiscrete(argmax=True, to_onehot=False, n_classes=2)(x['pred_inverted'][0][None].detach().cpu())",
      "pred_inverted",
      [argmax],
    ],
    ["lambda x: monai.transforms.AsDiscrete(argmax=True)(x['pred'])", "pred", [argmax]],
    ["lambda x: AsDiscrete(True)(x['pred'])", "pred", [argmax]],
    ["lambda x: torch.argmax(x['pred'], dim=1, keepdim=True)", "pred", [argmax]],
    ["lambda x: torch.argmax(x['pred'], 1, True)", "pred", [argmax]],
    ["lambda x: __import__('torch').argmax(x['pred'], dim=1, keepdim=True)", "pred", [argmax]],
    ["lambda x: x['pred'].argmax(1, keepdim=True).float()", "pred", [argmax]],
    ["lambda x: x['pred'].argmax(dim=1)", "pred", [argmax]],
    ["lambda x: torch.argmax(x['pred_inverted'][0], dim=0)[None]", "pred_inverted", [argmax]],
    [
      "lambda x: [i.argmax(0, keepdim=True) for i in x['pred_inverted']]",
      "pred_inverted",
      [argmax],
    ],
    [
      "lambda x: [AsDiscrete(argmax=True)(i[None])[0] for i in x['pred_inverted']]",
      "pred_inverted",
      [argmax],
    ],
    // One-hot and thresholds.
    [
      "lambda x: AsDiscrete(argmax=True, to_onehot=True, n_classes=3)(x['pred'])",
      "pred",
      [{ name: "AsDiscreted", args: { argmax: true, to_onehot: 3 } }],
    ],
    ["lambda x: AsDiscrete(threshold_values=True)(x['pred'])", "pred", [threshold(0.5)]],
    [
      "lambda x: AsDiscrete(threshold_values=True, logit_thresh=0.3)(x['pred'])",
      "pred",
      [threshold(0.3)],
    ],
    ["lambda x: x['pred'] >= 0.5", "pred", [threshold(0.5)]],
    ["lambda x: x['pred'] > 0.5", "pred", [threshold(JUST_ABOVE_HALF)]],
    ["lambda x: (x['pred'] > 0.5).float()", "pred", [threshold(JUST_ABOVE_HALF)]],
    ["lambda x: (x['pred'] > 0.5).int()", "pred", [threshold(JUST_ABOVE_HALF)]],
    ["lambda x: torch.sigmoid(x['pred']) >= 0.5", "pred", [sigmoid, threshold(0.5)]],
    ["lambda x: x['pred'].sigmoid()", "pred", [sigmoid]],
    ["lambda x: torch.softmax(x['pred'], dim=1)", "pred", [softmax]],
    ["lambda x: Activations(softmax=True)(x['pred'])", "pred", [softmax]],
    [
      "lambda x: monai.transforms.Compose([monai.transforms.Activations(sigmoid=True), monai.transforms.AsDiscrete(threshold_values=True)])(x['pred'])",
      "pred",
      [sigmoid, threshold(0.5)],
    ],
    [
      "lambda x: KeepLargestConnectedComponent(applied_labels=[1], independent=False)(AsDiscrete(argmax=True)(x['pred']))",
      "pred",
      [
        argmax,
        {
          name: "KeepLargestConnectedComponentd",
          args: { applied_labels: [1], independent: false },
        },
      ],
    ],
    // Channels.
    ["lambda x: x['pred'][:, 1:2]", "pred", [channel(1)]],
    ["lambda x: x['pred'][:, 1:]", "pred", [channel(1, "")]],
    ["lambda x: x['pred'][:, 1]", "pred", [channel(1)]],
    ["lambda x: x['pred'][:, 1:2, ...]", "pred", [channel(1)]],
    ["lambda x: x['pred'][0:1, 1:2]", "pred", [channel(1)]],
    ["lambda x: x['pred_inverted'][0][1:2][None]", "pred_inverted", [channel(1)]],
    ["lambda x: x['pred_inverted'][0][None, 1]", "pred_inverted", [channel(1)]],
    ["lambda x: x['pred'][:, 1:2] >= 0.5", "pred", [channel(1), threshold(0.5)]],
    // Squeezed: the channel axis is there again in Clara 4.1.
    ["lambda x: x['pred'].argmax(1, keepdim=True).squeeze(1)", "pred", [argmax]],
    ["lambda x: torch.squeeze(x['pred'].argmax(1, keepdim=True))", "pred", [argmax]],
    ["lambda x: x['pred'].squeeze(0)", "pred", []],
    ["lambda x: x['pred'][0].unsqueeze(0)", "pred", []],
  ])("%s", (code, key, steps) => {
    expect(readOutputTransform(code)).toEqual({ key, steps });
  });

  test.each([
    "",
    "x['pred']",
    "lambda x: x",
    "lambda x: x.pred",
    "lambda x: x['pred'] * 2",
    "lambda x: x['pred'] < 0.5",
    "lambda x: x['pred'] > x['image']",
    "lambda x: x['pred'] if x['pred'].max() > 0 else x['image']",
    "lambda x: (x['pred'], x['label'])",
    "lambda x: my.module.smooth(x['pred'])",
    "lambda x: __import__('my').argmax(x['pred'], dim=1)",
    "lambda x: __import__('numpy').argmax(x['pred'], 1)",
    // Another axis than the channels': what comes out is no volume of labels.
    "lambda x: torch.argmax(x['pred'], dim=0)",
    "lambda x: torch.argmax(x['pred'], dim=-1)",
    "lambda x: torch.argmax(x['pred'])",
    "lambda x: AsDiscrete(argmax=True)(x['pred_inverted'][0])",
    "lambda x: x['pred'][1]",
    "lambda x: x['pred'][:, -1:]",
    "lambda x: x['pred'][:, 0:3:2]",
    "lambda x: x['pred'][..., 1]",
    "lambda x: x['pred'][:, :, 1]",
    "lambda x: x['pred_inverted'][1]",
    "lambda x: [x['pred'], x['pred']]",
    // One-hot of how many, and what would be rounded.
    "lambda x: AsDiscrete(to_onehot=True)(x['pred'])",
    "lambda x: x['pred'].int()",
    "lambda x: x['pred'].to(torch.uint8)",
    "lambda x: Activations(other=f)(x['pred'])",
    "lambda x: KeepLargestConnectedComponent(labels)(x['pred'])",
    "lambda x: x['pred'] and x['pred']",
    "lambda x: x['pred'",
    "lambda x: x['pred'] # as it is",
  ])("is not guessed: %s", (code) => {
    expect(readOutputTransform(code)).toBeUndefined();
  });
});

test.each<[code: string, steps: unknown]>([
  ["lambda x: x", []],
  ["lambda x: x.argmax(0, keepdim=True)", [argmax]],
  ["lambda x: AsDiscrete(argmax=True)(x[None])[0]", [argmax]],
  ["lambda x: x[1:2]", [channel(1)]],
  ["lambda x: x.argmax(0)", undefined],
  ["lambda x: x[None]", undefined],
  ["monai.transforms.AsDiscrete(argmax=True)", undefined],
])("a post_func works on an item without a batch axis: %s", (code, steps) => {
  expect(readItemFunction(code)).toEqual(steps);
});

test.each<[code: string, steps: unknown]>([
  ["lambda x: x[:, 1:2]", [channel(1)]],
  ["lambda x: x.argmax(1, keepdim=True)", [argmax]],
  ["lambda x: x[0]", undefined],
])("a Lambdad of Clara 4.0 works on a batch: %s", (code, steps) => {
  expect(readBatchFunction(code)).toEqual(steps);
});

test.each<[code: string, keys: unknown]>([
  ["lambda x: x['image_meta_dict']", ["image_meta_dict"]],
  ["lambda x: (x['pred'], x['label'])", ["pred", "label"]],
  ["lambda x: [x['a']]", ["a"]],
  ["#monai.handlers.from_engine(['image_meta_dict'])", ["image_meta_dict"]],
  ["monai.handlers.from_engine('pred')", ["pred"]],
  ["lambda x: None", undefined],
  ["lambda x: x['a'][0]", undefined],
  ["lambda x: y['a']", undefined],
  ["from_engine(['pred'])", undefined],
])("keys that a lambda passes on: %s", (code, keys) => {
  expect(readPassedKeys(code)).toEqual(keys);
});

test.each([0.5, 0, -0.25, 1, 0.1, 1e-30])(
  "nothing of single precision lies between %d and the next number",
  (value) => {
    const next = nextFloat(value);
    expect(next).toBeGreaterThan(value);
    expect(Math.fround(next)).toBe(next);
    expect([Math.fround(value), next]).toContain(Math.fround((Math.fround(value) + next) / 2));
  },
);
