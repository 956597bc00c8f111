"""What is known about names that are not the user's own: which of them change nothing when a module is loaded."""

from __future__ import annotations

# Built-in functions that change none of their arguments, and whose results cannot be changed either.
INERT_BUILTINS = frozenset(
    "abs ascii bin bool bytes chr complex divmod float format frozenset hash hex id int isinstance issubclass len max min oct ord pow "
    "range repr round slice str sum tuple any all callable hasattr object".split()
)

# The same, with results that can be changed.
PLAIN_BUILTINS = frozenset("bytearray dict list set sorted property staticmethod classmethod super print".split())

# They call the functions that they are given, and look at nothing else of them.
CALLING = frozenset("map filter sorted min max any all sum isinstance issubclass functools.partial functools.reduce itertools.starmap".split())

# Every edit of a module counts where one of these is used in it: they reach all its names.
REACHING_ALL = frozenset(
    "eval exec globals vars locals dir compile builtins.eval builtins.exec sys.modules sys._getframe inspect.currentframe".split()
)

# They look at annotations, docstrings and names of what they are given.
INTROSPECTING = ("inspect.", "typing.get_type_hints", "typing_extensions.get_type_hints", "pydoc.", "annotationlib.", "builtins.help")
INTROSPECTED = frozenset("__doc__ __annotations__ __signature__ __text_signature__ __module__ __annotate__".split())

# They hand on in which module a class or a function is: pickle writes that down.
NAMING_MODULES = frozenset("__module__ __qualname__ to_pickle".split())
PICKLING = ("pickle.", "_pickle.", "cloudpickle.", "dill.", "shelve.", "joblib.dump", "torch.save", "pandas.to_pickle")

# Modules of the standard library whose functions change nothing but what they return.
_PURE_MODULES = frozenset(
    "abc array ast base64 calendar cmath collections contextlib contextvars dataclasses datetime decimal difflib enum fractions functools "
    "hashlib html importlib.metadata importlib.resources ipaddress itertools json keyword math numbers os.path pathlib platform posixpath re "
    "shlex statistics string struct textwrap time types typing typing_extensions unicodedata urllib.parse uuid weakref zoneinfo".split()
)

# Results of these cannot be changed.
_INERT_MODULES = frozenset(
    "base64 calendar cmath datetime decimal enum fractions html importlib.metadata ipaddress keyword math numbers os.path pathlib "
    "platform posixpath re shlex statistics string struct textwrap time typing typing_extensions unicodedata urllib.parse uuid zoneinfo".split()
)
_INERT = frozenset(
    "collections.namedtuple operator.itemgetter operator.attrgetter dataclasses.field importlib.resources.files os.environ.get os.getenv".split()
)

# Methods of paths, as they are called: no other method with such a name matters.
WRITING = frozenset("write_text write_bytes unlink mkdir rmdir touch symlink_to hardlink_to chmod".split())

# What a name begins with that says that something is changed.
_VERBS = tuple("register unregister set_ add_ install patch update enable disable seed configure reset clear setattr".split())

# Of other modules those that change nothing.
_PURE = frozenset(
    "logging.getLogger operator.itemgetter operator.attrgetter operator.methodcaller copy.copy copy.deepcopy threading.Lock "
    "threading.RLock threading.local threading.Event random.Random io.StringIO io.BytesIO queue.Queue "
    "asyncio.Lock asyncio.Semaphore os.environ os.environ.get os.getenv os.getcwd os.cpu_count os.sep os.fspath os.name os.linesep "
    "sys.version_info sys.platform sys.argv sys.executable sys.maxsize sys.byteorder sys.stdout sys.stderr sys.version "
    "numpy.array numpy.asarray numpy.zeros numpy.ones numpy.arange numpy.linspace numpy.dtype numpy.float32 "
    "numpy.float64 numpy.int32 numpy.int64 numpy.nan numpy.inf numpy.pi numpy.random.default_rng pandas.DataFrame pandas.Series "
    "pandas.Timestamp pandas.Timedelta pandas.to_datetime pandas.NA polars.col polars.lit polars.DataFrame ray.remote torch.no_grad "
    "torch.inference_mode torch.nn.Module numba.jit numba.njit numba.vectorize numba.guvectorize prefect.flow prefect.task "
    "dagster.asset dagster.op dagster.job dagster.graph".split()
)
_IMPURE = frozenset(
    "decimal.getcontext decimal.setcontext re.purge json.load json.dump calendar.setfirstweekday contextlib.redirect_stdout "
    "contextlib.redirect_stderr contextlib.chdir time.tzset time.sleep types.new_class functools.reduce functools.singledispatch "
    "weakref.finalize".split()
)

# Packages that only wrap what is declared with them, until it is called.
_DECLARING = frozenset("pydantic attr attrs click typer pytest tenacity marshmallow msgspec".split())

# Decorators that take no look at annotations and docstrings, except to hand them on.
_LEAN = ("functools.", "contextlib.", "abc.", "typing.", "typing_extensions.", "numba.", "staticmethod", "classmethod", "property")

# Bases that do nothing with the classes that are made from them.
PLAIN_BASES = frozenset(
    "object dict list set tuple str int float bytes type abc.ABC abc.ABCMeta typing.Generic typing.Protocol typing_extensions.Protocol "
    "enum.Enum enum.IntEnum enum.Flag enum.IntFlag enum.StrEnum typing.NamedTuple typing.TypedDict typing_extensions.TypedDict "
    "torch.nn.Module threading.Thread json.JSONEncoder collections.UserDict collections.UserList".split()
)
_ANNOTATED_BASES = frozenset("typing.NamedTuple typing.TypedDict typing_extensions.TypedDict".split())


def is_pure(dotted: str) -> bool:
    """True when neither taking nor calling it changes anything that is not given to it; nor, by itself, what is."""
    parts = dotted.split(".")
    if dotted in _IMPURE or parts[-1].startswith(_VERBS):
        return False
    if dotted in _PURE or parts[0] in _DECLARING:
        return True
    return any(".".join(parts[:length]) in _PURE_MODULES for length in range(1, len(parts) + 1))


def is_inert(dotted: str) -> bool:
    """True when what a call of it returns cannot be changed, or is of no consequence when it is."""
    parts = dotted.split(".")
    is_known = any(".".join(parts[:length]) in _INERT_MODULES for length in range(1, len(parts) + 1))
    return dotted in _INERT or (is_known and is_pure(dotted))


def is_lean_decorator(dotted: str) -> bool:
    return dotted.startswith(_LEAN) and dotted not in ("functools.singledispatch", "functools.singledispatchmethod")


def is_plain_base(dotted: str) -> bool:
    """True for a base that does nothing when a class is derived from it."""
    last = dotted.rpartition(".")[2]
    return dotted in PLAIN_BASES or dotted.startswith("pydantic.") or last.endswith(("Error", "Exception", "Warning"))


def is_lean_base(dotted: str) -> bool:
    """True for a base that looks at no annotation and no docstring either."""
    return is_plain_base(dotted) and dotted not in _ANNOTATED_BASES and not dotted.startswith("pydantic.")
