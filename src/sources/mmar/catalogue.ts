/** What is publicly known of a model of NGC's catalogue that its MMAR need not say. */
export interface CatalogueModel {
  /** Name on NGC, below nvidia/med. */
  readonly name: string;
  /** Names of the classes by the network's channels, without the background. */
  readonly classes?: readonly string[];
  /** Names of the image channels in the network's order, where there are several. */
  readonly channels?: readonly string[];
  /** DICOM modalities of its images, where its name does not say them. */
  readonly modalities?: readonly string[];
  /** Why the model can't be packed, whatever its files say. */
  readonly refused?: string;
}

/** The 13 organs of the BTCV challenge, in the order of its labels. */
const BTCV = [
  "spleen",
  "right kidney",
  "left kidney",
  "gallbladder",
  "esophagus",
  "liver",
  "stomach",
  "aorta",
  "inferior vena cava",
  "portal and splenic veins",
  "pancreas",
  "right adrenal gland",
  "left adrenal gland",
] as const;

/** The 15 findings of the chest X-ray model, in the order of its description. */
const CHEST_XRAY = [
  "Nodule",
  "Mass",
  "Distortion of Pulmonary Architecture",
  "Pleural Based Mass",
  "Granuloma",
  "Fluid in Pleural Space",
  "Right Hilar Abnormality",
  "Left Hilar Abnormality",
  "Major Atelectasis",
  "Infiltrate",
  "Scarring",
  "Pleural Fibrosis",
  "Bone/Soft Tissue Lesion",
  "Cardiac Abnormality",
  "COPD",
] as const;

/**
 * NVIDIA's PyTorch MMARs on NGC, as MONAI's monai.apps.mmars lists them; classes and channels
 * from the models' public descriptions. What is not known stays open.
 */
export const CATALOGUE: readonly CatalogueModel[] = [
  { name: "clara_pt_spleen_ct_segmentation", classes: ["spleen"] },
  { name: "clara_pt_liver_and_tumor_ct_segmentation", classes: ["liver", "tumor"] },
  { name: "clara_pt_pancreas_and_tumor_ct_segmentation", classes: ["pancreas", "tumor"] },
  { name: "clara_pt_covid19_ct_lung_segmentation", classes: ["lung"] },
  { name: "clara_pt_covid19_ct_lesion_segmentation", classes: ["lesion"] },
  { name: "clara_pt_unetr_ct_btcv_segmentation", classes: BTCV },
  { name: "clara_pt_self_supervised_learning_segmentation", modalities: ["CT"] },
  {
    name: "clara_pt_prostate_mri_segmentation",
    classes: ["central gland", "peripheral zone"],
    channels: ["T2", "ADC"],
  },
  {
    name: "clara_pt_brain_mri_segmentation",
    classes: ["TC", "WT", "ET"],
    channels: ["T1c", "T1", "T2", "FLAIR"],
  },
  { name: "clara_pt_brain_mri_segmentation_t1c" },
  {
    name: "clara_pt_fed_learning_brain_tumor_mri_segmentation",
    refused: "it is a demonstration of federated learning that comes without a TorchScript",
  },
  // The MMAR says whether it has one output or two; only two need names.
  { name: "clara_pt_covid19_3d_ct_classification", classes: ["non-COVID", "COVID"] },
  { name: "clara_pt_chest_xray_classification", classes: CHEST_XRAY },
  { name: "clara_pt_spleen_ct_annotation", classes: ["spleen"] },
  { name: "clara_pt_covid19_ct_lung_annotation", classes: ["lung"] },
  { name: "clara_pt_brain_mri_annotation_t1c", classes: ["TC"] },
  { name: "clara_pt_deepgrow_2d_annotation" },
  { name: "clara_pt_deepgrow_3d_annotation" },
  {
    name: "clara_pt_pathology_metastasis_detection",
    refused: "it works on patches of whole-slide images, which are not DICOM series",
  },
];

/**
 * The catalogue's model that an MMAR is, told by its folder's name: NGC's name, with a version
 * behind it in most downloads (`clara_pt_spleen_ct_segmentation_1`, `…_v4.1`).
 */
export function inCatalogue(name: string): CatalogueModel | undefined {
  const bare = name
    .toLowerCase()
    .replace(/^(nvidia[_-])?(med[_-])?/, "")
    // As browsers call the second download of a file.
    .replace(/ ?\(\d+\)$/, "")
    .replace(/[_-]v?\d+(\.\d+)*$/, "");
  return CATALOGUE.find((model) => model.name === bare);
}
