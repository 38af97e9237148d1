import { NETWORK_CLASSES, OPTIMIZER_CLASSES } from "./torch-classes.js";

/**
 * What an import may be used for.
 *
 * - `constant`: a value, like `torch.float32`.
 * - `storage`: names the kind of a storage in a persistent id, and may be passed on.
 * - `type`: names a type, and may be passed to who takes types.
 * - `shell`: a class of which empty objects are made (NEWOBJ), and then given their state (BUILD).
 * - `class`: a class that is called with data, too.
 * - `function`: is called with data.
 * - `getattr`: Python's own, for the few attributes of the table.
 * - `any`: the user trusts it, or it is an error already.
 */
export type Role =
  | "constant"
  | "storage"
  | "type"
  | "shell"
  | "class"
  | "function"
  | "getattr"
  | "any";

/** An import that is on the list. */
export interface Listed {
  readonly role: Role;
  /** Whether types and functions of the list may be among the arguments of a call. */
  readonly takesTypes?: true;
  /** Whether it may be called with a value instead of a tuple: TorchScript writes enums so. */
  readonly takesValue?: true;
}

const row = (role: Role, module: string, names: string, takesTypes?: true): [string, Listed][] =>
  names
    .trim()
    .split(/\s+/)
    .map((name) => [`${module}.${name}`, { role, ...(takesTypes && { takesTypes }) }]);

const STORAGES = `BFloat16Storage BoolStorage ByteStorage CharStorage ComplexDoubleStorage
  ComplexFloatStorage DoubleStorage FloatStorage HalfStorage IntStorage LongStorage QInt32Storage
  QInt8Storage QUInt2x4Storage QUInt4x2Storage QUInt8Storage ShortStorage`;

const REBUILD = `_rebuild_device_tensor_from_cpu_tensor _rebuild_device_tensor_from_numpy
  _rebuild_meta_tensor_no_storage _rebuild_nested_tensor _rebuild_parameter
  _rebuild_parameter_with_state _rebuild_qtensor _rebuild_sparse_csr_tensor _rebuild_sparse_tensor
  _rebuild_tensor _rebuild_tensor_v2 _rebuild_tensor_v3 _rebuild_xla_tensor`;

const NUMPY_CORE = ["numpy.core", "numpy._core"];

/**
 * What `torch.save` writes for tensors, parameters, storages, state dicts, optimizers, schedulers,
 * PyTorch's own networks, NumPy's arrays and numbers, collections, times, UUIDs and paths. All else
 * is refused. A name is here since calling it with data, or giving an object of it any state, should
 * do no more than to make an object. Not all of the code behind them was read, in all versions:
 * test/python/heavy/weights/ holds the list against PyTorch, by loading files that use these names.
 */
const LISTED: ReadonlyMap<string, Listed> = new Map([
  ...row("class", "collections", "OrderedDict Counter deque"),
  ...row("class", "collections", "defaultdict", true),
  ...row(
    "class",
    "builtins",
    `bool bytearray bytes complex dict float frozenset int list object range set slice str tuple`,
  ),
  ...row("constant", "builtins", "Ellipsis NotImplemented"),
  ...row("getattr", "builtins", "getattr"),
  ...row("function", "copyreg", "_reconstructor", true),
  ...row("function", "_codecs", "encode"),
  ...row("class", "datetime", "date datetime time timedelta timezone"),
  ...row("class", "decimal", "Decimal"),
  ...row("class", "uuid", "UUID SafeUUID"),
  ...["pathlib", "pathlib._local"].flatMap((module) =>
    row("class", module, "Path PosixPath WindowsPath PurePath PurePosixPath PureWindowsPath"),
  ),

  // Tensors, and their properties, which PyTorch pickles by name.
  ...["torch", "torch.cuda"].flatMap((module) => row("storage", module, STORAGES)),
  ...row("storage", "torch.storage", "TypedStorage UntypedStorage _TypedStorage _UntypedStorage"),
  ...row("class", "torch", "Size device Generator"),
  ...row("class", "torch._C", "Generator"),
  ...row(
    "constant",
    "torch",
    `_mkldnn bfloat16 bit bits16 bits1x8 bits2x4 bits4x2 bits8 bool cdouble cfloat chalf
     channels_last channels_last_3d complex128 complex32 complex64 contiguous_format double float
     float16 float32 float4_e2m1fn_x2 float64 float8_e4m3fn float8_e4m3fnuz float8_e5m2
     float8_e5m2fnuz float8_e8m0fnu half int int1 int16 int2 int3 int32 int4 int5 int6 int64 int7
     int8 jagged legacy_contiguous_format long per_channel_affine per_channel_affine_float_qparams
     per_channel_symmetric per_tensor_affine per_tensor_symmetric preserve_format qint32 qint8
     quint2x4 quint4x2 quint8 short sparse_bsc sparse_bsr sparse_coo sparse_csc sparse_csr strided
     uint1 uint16 uint2 uint3 uint32 uint4 uint5 uint6 uint64 uint7 uint8`,
  ),
  ...row("function", "torch._utils", REBUILD),
  ...row("function", "torch._utils", "_rebuild_wrapper_subclass", true),
  ...row("function", "torch._tensor", "_rebuild_from_type _rebuild_from_type_v2", true),
  ...row("function", "torch.serialization", "_get_layout"),
  ...row("type", "torch", "Tensor dtype layout memory_format qscheme"),
  ...row("type", "torch._tensor", "Tensor"),
  ...row(
    "type",
    "torch.nn.parameter",
    "Parameter Buffer UninitializedParameter UninitializedBuffer",
  ),
  // MONAI's tensor: it says what type a tensor is of, and its other attributes are data.
  ...row("type", "monai.data.meta_tensor", "MetaTensor"),
  ...row("class", "torch.torch_version", "TorchVersion"),

  // Optimizers, schedulers and networks of PyTorch's own.
  ...[...OPTIMIZER_CLASSES, ...NETWORK_CLASSES].flatMap(([module, names]) =>
    row("shell", module, names),
  ),
  ...["torch.cuda.amp.grad_scaler", "torch.amp.grad_scaler"].flatMap((module) => [
    ...row("shell", module, "GradScaler"),
    ...row("class", module, "OptState"),
    ...row("function", module, "_refresh_per_optimizer_state"),
  ]),
  ...row(
    "function",
    "torch.optim.lr_scheduler",
    `OneCycleLR._annealing_cos OneCycleLR._annealing_linear CyclicLR._triangular_scale_fn
     CyclicLR._triangular2_scale_fn CyclicLR._exp_range_scale_fn`,
  ),
  ...row("function", "torch.optim.swa_utils", "SWALR._cosine_anneal SWALR._linear_anneal"),
  ...row("function", "torch.nn.functional", "relu relu6 gelu silu elu selu celu leaky_relu mish"),
  ...row("function", "torch._C._nn", "gelu silu elu leaky_relu mish"),
  ...row("function", "torch", "relu selu celu tanh sigmoid"),

  // NumPy, under the old name of its inner package and the new.
  ...NUMPY_CORE.flatMap((core) => [
    ...row("function", `${core}.multiarray`, "_reconstruct", true),
    ...row("function", `${core}.multiarray`, "scalar"),
    ...row("function", `${core}.numeric`, "_frombuffer"),
  ]),
  ...row("class", "numpy", "dtype"),
  ...row("type", "numpy", "ndarray"),
  ...row(
    "class",
    "numpy",
    `bool bool_ str_ bytes_ int8 int16 int32 int64 uint8 uint16 uint32 uint64 longlong ulonglong
     intc uintc float16 float32 float64 longdouble complex64 complex128 clongdouble datetime64
     timedelta64`,
  ),
  ...row(
    "class",
    "numpy.dtypes",
    `BoolDType Int8DType UInt8DType Int16DType UInt16DType Int32DType UInt32DType Int64DType
     UInt64DType LongLongDType ULongLongDType Float16DType Float32DType Float64DType
     LongDoubleDType Complex64DType Complex128DType CLongDoubleDType`,
  ),
  ...["numpy.ma", "numpy.ma.core"].flatMap((module) => row("type", module, "MaskedArray")),
  ...row("function", "numpy.ma.core", "_mareconstruct", true),
  ...row(
    "function",
    "numpy.random._pickle",
    "__randomstate_ctor __generator_ctor __bit_generator_ctor",
    true,
  ),
  ...row("type", "numpy.random._mt19937", "MT19937"),
  ...row("type", "numpy.random._pcg64", "PCG64 PCG64DXSM"),
  ...row("type", "numpy.random._philox", "Philox"),
  ...row("type", "numpy.random._sfc64", "SFC64"),
  ...row("type", "numpy.random.bit_generator", "SeedSequence"),
  ...row("function", "numpy.random.bit_generator", "__pyx_unpickle_SeedSequence", true),
]);

/** Methods of PyTorch's schedulers that some versions keep in a state dict. */
const METHODS = new Set([...LISTED.keys()].flatMap((name) => /LR\.(_\w+)$/.exec(name)?.[1] ?? []));

/** Whether a name is one of a scheduler's methods, which compute a learning rate. */
export const isSchedulersMethod = (name: string): boolean => METHODS.has(name);

/** What Python 3 reads under another name in pickles of Python 2 (Lib/_compat_pickle.py). */
const RENAMED: ReadonlyMap<string, string> = new Map([
  ["__builtin__.long", "builtins.int"],
  ["__builtin__.unicode", "builtins.str"],
  ["__builtin__.xrange", "builtins.range"],
]);
const RENAMED_MODULES: ReadonlyMap<string, string> = new Map([
  ["__builtin__", "builtins"],
  ["copy_reg", "copyreg"],
]);

/** What an import is on the list as; undefined where it is not on it. */
export function listed(module: string, name: string): Listed | undefined {
  const full = `${module}.${name}`;
  return LISTED.get(RENAMED.get(full) ?? `${RENAMED_MODULES.get(module) ?? module}.${name}`);
}

/** Size of an element in bytes, by the names of the storages' types (PyTorch's ScalarType.h). */
const ELEMENT_SIZES: ReadonlyMap<string, number> = new Map([
  ...["Bool", "Byte", "Char", "QInt8", "QUInt8", "QUInt4x2", "QUInt2x4", "Untyped", "_Untyped"].map(
    (name) => [name, 1] as const,
  ),
  ...["Short", "Half", "BFloat16"].map((name) => [name, 2] as const),
  ...["Int", "Float", "QInt32"].map((name) => [name, 4] as const),
  ...["Long", "Double", "ComplexFloat"].map((name) => [name, 8] as const),
  ["ComplexDouble", 16],
]);

/** Bytes of an element of a storage, by the full name of its type: `torch.FloatStorage`. */
export function elementSize(storage: string): number | undefined {
  const name = /(\w+)Storage$/.exec(storage)?.[1];
  return name === undefined ? undefined : ELEMENT_SIZES.get(name);
}
