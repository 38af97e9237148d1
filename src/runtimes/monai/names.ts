// Made by scripts/monai_names.py of the package itself: don't edit.

/**
 * Classes of MONAI 0.8.1 that a config may name, without those that need ignite. Dictionary
 * transforms have their first name only: LoadImaged, not LoadImageD and LoadImageDict.
 */
export const MONAI_NAMES: ReadonlySet<string> = new Set(
  `
    ADN AHNet AHnet Act ActiConvNormBlock Activations Activationsd AddChannel AddChanneld
    AddCoordinateChannels AddCoordinateChannelsd AddExtremePointsChannel AddExtremePointsChanneld
    AddGuidanceFromPointsd AddGuidanceSignald AddInitialSeedPointd AddRandomGuidanced
    AdditiveUpSampleBlock AdjustContrast AdjustContrastd Affine AffineGrid AffineHead
    AffineTransform Affined Ahnet AsChannelFirst AsChannelFirstd AsChannelLast AsChannelLastd
    AsDiscrete AsDiscreted AutoEncoder BasicUNet BasicUnet Basicunet BatchInverseTransform
    BertAttention BertEmbeddings BertLayer BertMixedLayer BertOutput BertPreTrainedModel
    BilateralFilter BlockArgs BorderPad BorderPadd Bottleneck3x3x1 BoundingRect BoundingRectd CRF
    CastToType CastToTyped Cell CellInterface CenterScaleCrop CenterScaleCropd CenterSpatialCrop
    CenterSpatialCropd ChannelPad ChannelSELayer ClassesToIndices ClassesToIndicesd Classifier
    ClickRatioAddRandomGuidanced Compose ConcatItemsd Conv ConvertToMultiChannelBasedOnBratsClasses
    ConvertToMultiChannelBasedOnBratsClassesd Convolution CopyItemsd Critic CropForeground
    CropForegroundd CrossValidation CuCIM CuCIMd DVF2DDF DataStats DataStatsd DecathlonDataset
    Decollated DeleteItemsd DenseBlock DenseNet DenseNet121 DenseNet169 DenseNet201 DenseNet264
    Densenet Densenet121 Densenet169 Densenet201 Densenet264 DetectEnvelope DiNTS
    DiscardAddGuidanced Discriminator DivisiblePad DivisiblePadd Down DownTransition Dropout DynUNet
    DynUNetSkipLayer DynUnet Dynunet EfficientNet EfficientNetBN EfficientNetBNFeatures Ensemble
    Ensembled EnsureChannelFirst EnsureChannelFirstd EnsureType EnsureTyped ExtractHEStains
    ExtractHEStainsd FCN FactorizedIncreaseBlock FactorizedReduceBlock Fetch2DSliced FgBgToIndices
    FgBgToIndicesd FillHoles FillHolesd Final FindAllValidSlicesd FindDiscrepancyRegionsd Flatten
    Flip Flipd Fourier FullyConnectedNet FunctionSignature GCN GaussianFilter GaussianMixtureModel
    GaussianSharpen GaussianSharpend GaussianSmooth GaussianSmoothd Generator GibbsNoise GibbsNoised
    GlobalNet GridDistortion GridDistortiond GridSampleModeSequence GridSamplePadModeSequence
    HighResBlock HighResNet HilbertTransform HistogramNormalize HistogramNormalized Identity
    Identityd Inferer InputTransition IntensityStats IntensityStatsd Interaction
    InterpolateModeSequence Invertd InvertibleTransform KSpaceSpikeNoise KSpaceSpikeNoised
    KeepLargestConnectedComponent KeepLargestConnectedComponentd LLTM LLTMFunction LUConv
    LabelFilter LabelFilterd LabelToContour LabelToContourd LabelToMask LabelToMaskd Lambda Lambdad
    LayerFactory LesionFROC LoadImage LoadImaged LocalNet LocalNetDownSampleBlock
    LocalNetFeatureExtractorBlock LocalNetResidualBlock LocalNetUpSampleBlock MBConvBlock MCFCN
    MILModel MLPBlock MapLabelValue MapLabelValued MapTransform Mark Markd MaskIntensity
    MaskIntensityd MaskedInferenceWSIDataset MaxAvgPool MeanEnsemble MeanEnsembled MedNISTDataset
    MemoryEfficientSwish Mish MixedOp MultiModal NetAdapter Norm NormalizeHEStains
    NormalizeHEStainsd NormalizeIntensity NormalizeIntensityd NumpyPadModeSequence OneOf Orientation
    Orientationd OutputTransition P3DActiConvNormBlock PHLFilter PSP Pad PadListDataCollate
    PadModeSequence PatchEmbeddingBlock PatchWSIDataset PathologyProbNMS Pool Pooler ProbNMS
    ProbNMSd Projection Pseudo3DLayer Rand2DElastic Rand2DElasticd Rand3DElastic Rand3DElasticd
    RandAdjustContrast RandAdjustContrastd RandAffine RandAffineGrid RandAffined RandAxisFlip
    RandAxisFlipd RandBiasField RandBiasFieldd RandCoarseDropout RandCoarseDropoutd
    RandCoarseShuffle RandCoarseShuffled RandCoarseTransform RandCropByLabelClasses
    RandCropByLabelClassesd RandCropByPosNegLabel RandCropByPosNegLabeld RandCuCIM RandCuCIMd
    RandDeformGrid RandFlip RandFlipd RandGaussianNoise RandGaussianNoised RandGaussianSharpen
    RandGaussianSharpend RandGaussianSmooth RandGaussianSmoothd RandGibbsNoise RandGibbsNoised
    RandGridDistortion RandGridDistortiond RandHistogramShift RandHistogramShiftd
    RandKSpaceSpikeNoise RandKSpaceSpikeNoised RandLambda RandLambdad RandMark RandMarkd RandRange
    RandRangePop RandRangePopd RandRangePush RandRangePushd RandRicianNoise RandRicianNoised
    RandRotate RandRotate90 RandRotate90d RandRotated RandScaleCrop RandScaleCropd
    RandScaleIntensity RandScaleIntensityd RandShiftIntensity RandShiftIntensityd
    RandSmoothFieldAdjustContrast RandSmoothFieldAdjustContrastd RandSmoothFieldAdjustIntensity
    RandSmoothFieldAdjustIntensityd RandSpatialCrop RandSpatialCropSamples RandSpatialCropSamplesd
    RandSpatialCropd RandStdShiftIntensity RandStdShiftIntensityd RandTorchVisiond RandWeightedCrop
    RandWeightedCropd RandZoom RandZoomd Randomizable RandomizableTransform RangePop RangePopd
    RangePush RangePushd Refine RegUNet RegistrationDownSampleBlock RegistrationExtractionBlock
    RegistrationResidualConvBlock Regressor RemoteMMARKeys RemoveRepeatedChannel
    RemoveRepeatedChanneld RepeatChannel RepeatChanneld ResBlock ResNet ResNetBlock ResNetBottleneck
    Resample Reshape ResidualBlock ResidualSELayer ResidualUnit Resize ResizeGuidanceCustomd
    ResizeGuidanced ResizeWithPadOrCrop ResizeWithPadOrCropd Resized RestoreLabeld ReturnType Rotate
    Rotate90 Rotate90d Rotated SABlock SEBlock SEBottleneck SENet SENet154 SEResNeXt101 SEResNeXt50
    SEResNeXtBottleneck SEResNet101 SEResNet152 SEResNet50 SEResNetBottleneck SEResNext101
    SEResNext50 SEnet SEnet154 SEresnet101 SEresnet152 SEresnet50 SEresnext101 SEresnext50
    SaliencyInferer SaveClassificationd SaveImage SaveImaged SavitzkyGolayFilter SavitzkyGolaySmooth
    ScaleIntensity ScaleIntensityRange ScaleIntensityRangePercentiles
    ScaleIntensityRangePercentilesd ScaleIntensityRanged ScaleIntensityd SegResNet SegResNetVAE
    SelectItemsd Senet Senet154 Seresnet101 Seresnet152 Seresnet50 Seresnext101 Seresnext50
    ShiftIntensity ShiftIntensityd SimpleASPP SimpleInferer SimulateDelay SimulateDelayd
    SkipConnection SlidingWindowInferer SmartCachePatchWSIDataset SmoothField Spacing Spacingd
    SpatialCrop SpatialCropForegroundd SpatialCropGuidanced SpatialCropd SpatialPad SpatialPadd
    SplitChannel SplitChanneld SplitOnGrid SplitOnGridd SqueezeDim SqueezeDimd StdShiftIntensity
    StdShiftIntensityd StemInterface StemTS SubpixelUpSample SubpixelUpsample Subpixelupsample Swish
    SwishImplementation ThreadUnsafe ThresholdIntensity ThresholdIntensityd TileOnGrid TileOnGridd
    ToCupy ToCupyd ToDevice ToDeviced ToNumpy ToNumpyd ToPIL ToPILd ToTensor ToTensord
    TopologyConstruction TopologyInstance TopologySearch TorchVision TorchVisionFCModel
    TorchVisionFullyConvModel TorchVisiond TraceableTransform Transchex Transform TransformerBlock
    Transpose Transposed TwoConv UNETR UNet Unet UnetBasicBlock UnetOutBlock UnetResBlock
    UnetUpBlock UnetrBasicBlock UnetrPrUpBlock UnetrUpBlock UpCat UpSample UpTransition Upsample
    VNet VarAutoEncoder VarFullyConnectedNet ViT ViTAutoEnc VoteEnsemble VoteEnsembled Warp Zoom
    Zoomd
  `
    .trim()
    .split(/\s+/),
);
