/** Names in modules, both as patterns of all that is meant. */
interface Names {
  readonly modules: RegExp;
  readonly names: RegExp;
}

const names = (modules: string, of: string): Names => ({
  modules: new RegExp(`^(?:${modules.replaceAll(".", "\\.")})$`),
  names: new RegExp(`^(?:${of})$`),
});

/**
 * What checkpoints consist of: tensors and what they are made of, plain containers and numbers,
 * NumPy's arrays, PyTorch's own networks and optimizers. Nothing of it does more than to make an
 * object. What PyTorch itself loads with `weights_only` is among it
 * (torch/_weights_only_unpickler.py).
 */
export const ALLOWED: readonly Names[] = [
  names("collections", "OrderedDict|defaultdict|Counter|deque"),
  names(
    "builtins",
    "bool|bytearray|bytes|complex|dict|float|frozenset|int|list|long|object|range|set|slice|str|tuple|unicode|xrange|Ellipsis|NotImplemented",
  ),
  names("copyreg", "_reconstructor|__newobj__|__newobj_ex__"),
  names("_codecs", "encode"),

  // Tensors, storages, and their properties, which PyTorch pickles by name.
  names("torch|torch.cuda|torch.sparse|torch.cuda.sparse", "\\w+Storage|\\w*Tensor"),
  names("torch", "Size|device|dtype|layout|memory_format|qscheme|strided|sparse_\\w+"),
  names("torch", "q?u?int\\d+(?:x\\d+)?|b?float\\d+(?:_e\\d+m\\d+\\w*)?"),
  names("torch", "complex\\d+|bits\\d+(?:x\\d+)?"),
  names("torch", "bool|half|float|double|short|int|long|per_(?:tensor|channel)_\\w+"),
  names("torch", "contiguous_format|preserve_format|channels_last(?:_3d)?"),
  names("torch.storage", "_?(?:Typed|Untyped)Storage"),
  names("torch._utils", "_rebuild_\\w+"),
  names("torch._tensor", "Tensor|_rebuild_from_type_v2"),
  names("torch.tensor", "Tensor|_rebuild_from_type(?:_v2)?"),
  names("torch.serialization", "_get_layout"),
  names("torch.torch_version", "TorchVersion"),
  // What TorchScript's lists become.
  names("torch.jit._pickle", "build_\\w+list|build_tensor_from_id|restore_type_tag"),

  // PyTorch's own classes: names in capitals. What else their modules import under such names are
  // types for annotations.
  names("torch.nn(?:.parameter)?", "(?:Uninitialized)?(?:Parameter|Buffer)"),
  names("torch.nn.modules(?:.\\w+)?", "[A-Z]\\w+"),
  names("torch.nn.backends.thnn", "_get_thnn_function_backend"),
  names(
    "torch.nn.functional|torch",
    "relu6?|leaky_relu|elu|selu|celu|gelu|silu|mish|hardswish|hardtanh|softplus|(?:log_)?softmax|sigmoid|tanh",
  ),
  names("torch.optim(?:.\\w+)?", "[A-Z]\\w+"),
  names("torch.cuda.amp.grad_scaler|torch.amp.grad_scaler", "GradScaler|OptState"),

  // NumPy's arrays, numbers and random states, under the old name of its inner package and the new.
  names("numpy.(?:_?core.)?multiarray", "_reconstruct|scalar"),
  names("numpy._?core.numeric", "_frombuffer"),
  names("numpy", "ndarray|dtype|bool_?|str_|bytes_|void|(?:u?int|float|complex)\\d*_?|longdouble"),
  names("numpy.dtypes", "\\w+DType"),
  names("numpy.ma(?:.core)?", "MaskedArray|_mareconstruct"),
  names("numpy.random._pickle", "__(?:randomstate|generator|bit_generator)_ctor"),
  names("numpy.random.bit_generator", "SeedSequence|__pyx_unpickle_SeedSequence"),
  names("numpy.random._\\w+", "MT19937|PCG64(?:DXSM)?|Philox|SFC64"),
];

/** Dotted paths of modules, functions and classes; all that lies below is meant, too. */
interface Danger {
  /** In words, to go on after "can". */
  readonly can: string;
  readonly paths: readonly string[];
}

const danger = (can: string, paths: string): Danger => ({ can, paths: paths.trim().split(/\s+/) });

/** What no checkpoint needs, and what an attacker would. */
export const DANGERS: readonly Danger[] = [
  danger(
    "run commands on the machine",
    `os posix nt subprocess _posixsubprocess _winapi commands popen2 pty pipes platform
     uuid._get_command_stdout uuid._popen uuid._find_mac uuid._ifconfig_getter uuid.getnode
     _osx_support _aix_support _pyrepl mailcap webbrowser antigravity shutil.make_archive
     imaplib.IMAP4_stream multiprocessing _multiprocessing concurrent asyncio _asyncio signal _signal
     test unittest idlelib turtledemo tkinter turtle _tkinter venv ensurepip pip setuptools
     distutils _distutils_hack sysconfig pkg_resources sh plumbum pexpect ptyprocess psutil fabric
     invoke paramiko docker git execnet
     numpy.distutils numpy.f2py scipy.weave Cython pyximport cffi
     torch.utils.cpp_extension torch.utils.collect_env torch.utils.hipify torch.utils.bottleneck
     torch.utils.benchmark torch.distributed.rpc torch.distributed.run
     torch.distributed.launch torch.distributed.launcher torch.distributed.elastic
     torch.multiprocessing torch._inductor torch._dynamo
     torch.testing torch._appdirs torch.utils.tensorboard torch.utils.viz`,
  ),
  danger(
    "run any Python code",
    `builtins.eval builtins.exec builtins.execfile builtins.compile builtins.__import__
     builtins.__build_class__ builtins.reload builtins.apply builtins.help builtins.breakpoint
     builtins.input builtins.raw_input builtins.exit builtins.quit
     runpy code codeop imp _imp importlib _frozen_importlib _frozen_importlib_external zipimport
     pkgutil site sitecustomize usercustomize bdb pdb cProfile profile _lsprof pstats timeit trace
     doctest pydoc lib2to3 cgitb rlcompleter compileall py_compile pyclbr modulefinder zipapp
     typing.get_type_hints typing.ForwardRef typing._eval_type dataclasses.make_dataclass
     dataclasses._create_fn gettext.c2py annotationlib inspect types.CodeType types.FunctionType
     types.LambdaType types.new_class types.MethodType types.ModuleType ctypes _ctypes
     threading _thread thread _threading_local atexit sched weakref.finalize
     faulthandler gc _testcapi _testinternalcapi _xxsubinterpreters _interpreters
     six IPython ipykernel jupyter nbformat
     numpy.testing numpy.ctypeslib numpy.core._internal numpy.lib.utils
     pandas.eval pandas.core.computation sympy numexpr jinja2 mako
     torch.fx torch._ops torch.ops torch.classes torch._classes torch.package torch.compile
     torch._jit_internal torch.jit.unsupported_tensor_ops torch.jit._recursive torch.jit.frontend
     torch._utils._import_dotted_name torch._utils_internal torch.library torch._library
     torch.utils._config_module torch.utils.data.datapipes torch.export torch._export torch.onnx
     monai.bundle monai.utils.module monai.utils.misc
     logging.config logging.handlers`,
  ),
  danger(
    "reach any other function",
    `builtins.getattr builtins.setattr builtins.delattr builtins.vars builtins.globals
     builtins.locals builtins.super sys operator.attrgetter operator.itemgetter
     operator.methodcaller operator.call _operator.attrgetter _operator.itemgetter
     _operator.methodcaller _operator.call functools.partial functools.partialmethod
     functools.reduce _functools.partial _functools.reduce builtins.reduce copyreg.pickle
     copyreg.add_extension copyreg.remove_extension copyreg.constructor copyreg.dispatch_table
     string.Formatter cloudpickle reprlib.Repr`,
  ),
  danger(
    "load another pickle, which nobody has looked into",
    `pickle _pickle cPickle pickletools marshal shelve dbm _dbm _gdbm gdbm dumbdbm dbhash anydbm
     whichdb dill joblib sklearn.externals jsonpickle yaml ruamel klepto diskcache
     torch.load torch.serialization.load torch.serialization._load
     torch.serialization._legacy_load torch.storage._load_from_bytes torch.hub
     torch.utils.model_zoo torch.jit.load torch.jit._serialization
     numpy.load numpy.loads numpy.lib.npyio numpy.lib._npyio_impl numpy.lib.format
     numpy.core.multiarray.fromfile pandas.read_pickle pandas.io pandas.compat.pickle_compat`,
  ),
  danger(
    "read, write or delete files",
    `builtins.open builtins.file io.open io.open_code io.FileIO io.OpenWrapper _io.open
     _io.open_code _io.FileIO _pyio codecs.open codecs.EncodedFile shutil tempfile fileinput
     linecache glob.glob glob.iglob pathlib.Path.open zipfile tarfile gzip bz2.open bz2.BZ2File
     lzma.open lzma.LZMAFile mmap fcntl sqlite3 _sqlite3 mailbox netrc filecmp
     logging.FileHandler logging.basicConfig _winreg winreg msvcrt
     _posixshmem msilib ossaudiodev aifc.open wave.open sunau.open
     configparser ConfigParser.ConfigParser plistlib.load tokenize.open
     numpy.save numpy.savez numpy.savetxt numpy.fromfile numpy.memmap numpy.core.memmap
     numpy.loadtxt numpy.genfromtxt numpy.DataSource numpy.lib._datasource
     torch.save torch.serialization.save torch.from_file torch.jit.save fsspec nibabel.save`,
  ),
  danger(
    "open connections to other machines",
    `socket _socket ssl _ssl select http httplib urllib urllib2 urllib3 robotparser ftplib smtplib
     smtpd poplib imaplib nntplib telnetlib xmlrpc xmlrpclib SimpleXMLRPCServer
     DocXMLRPCServer socketserver SocketServer BaseHTTPServer SimpleHTTPServer CGIHTTPServer cgi
     wsgiref asyncore asynchat requests httpx aiohttp httpcore websocket websockets tornado twisted
     flask grpc zmq boto3 botocore s3fs google.cloud huggingface_hub wget
     monai.apps`,
  ),
];

/** Dangerous modules whose names are everyday words: alone they may name something else, too. */
export const EVERYDAY: ReadonlySet<string> = new Set(
  `code commands docker fabric flask git imp inspect invoke mako marshal pipes platform profile
   requests sched select sh signal site six ssl test thread trace turtle wget`.split(/\s+/),
);
